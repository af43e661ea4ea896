"""Every citation of an answer stands word for word on the page that it names."""

from pathlib import Path

from tests.documents import lines, pdf
from tests.host.test_embedded import agenthub, free_port
from tests.journeys.citing import Article, pages_of, printed
from tests.journeys.owner import Owner

FACTS = {
    "Ashfield Park": "The gates of Ashfield Park were opened in 1900 by mayor Holm.",
    "Birch Garden": "Its roses were planted by the Lindqvist family, who lived next door to Birch Garden.",
    "Cedar Common": "Cattle grazed on Cedar Common until the market moved to the harbour.",
    "Dogwood Green": "The bandstand of Dogwood Green was built from the timber of a wrecked ship.",
}
PARKS: list[Article] = [
    (
        name,
        [
            fact,
            *(
                f"Bench {bench} is a well-known meeting place, whether it rains or the sun is out, and those"
                " who come by on foot or by bicycle may rest there at length, or read, or feed the birds."
                for bench in range(1, 31)
            ),
            f"The pond of {name} holds {number} thousand litres of water.",
        ],
    )
    for number, (name, fact) in enumerate(FACTS.items(), 3)
]
MANUAL = [
    lines("The kettle boils a litre in three minutes.", "Its cord is ninety centimetres long."),
    lines("The toaster has six levels of browning.", "Crumbs fall into a tray below."),
]
QUESTIONS = {
    "Who opened the gates of Ashfield Park?": ("mayor Holm", "Ashfield Park"),
    "Who planted the roses of Birch Garden?": ("Lindqvist", "Birch Garden"),
    "Until when did cattle graze on Cedar Common?": ("market moved", "Cedar Common"),
    "What was the bandstand of Dogwood Green built from?": ("wrecked ship", "Dogwood Green"),
    "How much water does the pond of Birch Garden hold?": ("4 thousand litres", "Birch Garden"),
    "How much water does the pond of Dogwood Green hold?": ("6 thousand litres", "Dogwood Green"),
    "How long is the cord of the kettle?": ("ninety centimetres", None),
    "How many levels of browning does the toaster have?": ("six levels", None),
}


def test_every_citation_stands_on_its_page_under_its_heading(tmp_path: Path) -> None:
    files = {"parks.pdf": printed("Parks of the town", PARKS), "kitchen.pdf": pdf(MANUAL, "Kitchen manual")}
    seen = {name: pages_of(content) for name, content in files.items()}
    assert len(seen["parks.pdf"]) > len(PARKS)
    cited: set[tuple[str, int]] = set()
    with agenthub("up", "--port", str(free_port()), home=tmp_path) as (_, ready):
        owner = Owner(ready)
        base_id = owner.post("/api/knowledge", {"name": "Town", "language": "en"})["id"]
        names = owner.add_documents(base_id, files)
        agent_id = owner.publish_agent(base_id)
        for question, (expected, heading) in QUESTIONS.items():
            answer = owner.ask(agent_id, question)
            assert expected in answer["text"], answer
            for citation in answer["citations"]:
                name = names[citation["document_id"]]
                assert seen[name][citation["page"] - 1].holds(citation["quote"]), citation
                cited.add((name, citation["page"]))
            [proof] = [one for one in answer["citations"] if expected in one["quote"]]
            assert heading is None or proof["section"][-1] == heading
    assert len(cited) >= len(QUESTIONS) - 2
