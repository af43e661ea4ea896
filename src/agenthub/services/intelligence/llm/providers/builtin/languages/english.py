"""English."""

from collections.abc import Mapping

from agenthub.services.intelligence.llm.providers.builtin.languages.language import (
    Patterns,
    Phrases,
    QuestionKind,
    SmallTalk,
    Vocabulary,
    compiled,
)

_FUNCTION_WORDS = """
a an the this that these those some any each every all both no nor and or but if then than so as at by for from in
into of off on onto out over to up with within without about above after again against before below between during
through under until upon while i me my mine we us our ours you your yours he him his she her hers it its they them
their theirs one ones who whom whose which what when where why how is am are was were be been being do does did done
doing have has had having can could will would shall should may might must ought there here also just only very too
more most such same other another please tell know want like need get got gets getting let explain describe give say
says said name called type kind sort many much long often else ever i'm i'd i've i'll it's that's what's don't doesn't
didn't isn't aren't wasn't won't who's where's there's im dont whats hi hello hey
policy policies information info detail details question questions rule rules thing things something anything number
"""
_IRREGULAR = """
began:begin begun:begin became:become broke:break broken:break brought:bring built:build bought:buy caught:catch
chose:choose chosen:choose came:come cost:cost drew:draw drawn:draw drove:drive driven:drive fell:fall fallen:fall
fed:feed felt:feel fought:fight found:find flew:fly flown:fly forgot:forget forgave:forgive gave:give given:give
went:go gone:go grew:grow grown:grow held:hold kept:keep knew:know known:know led:lead left:leave lent:lend lost:lose
made:make meant:mean met:meet paid:pay ran:run rang:ring rose:rise risen:rise sang:sing sung:sing sank:sink sold:sell
sent:send shipped:ship shook:shake shot:shoot showed:show shown:show slept:sleep spoke:speak spoken:speak spent:spend
stood:stand stole:steal stolen:steal swam:swim taught:teach told:tell thought:think threw:throw thrown:throw took:take
taken:take understood:understand woke:wake wore:wear worn:wear won:win wrote:write written:write men:man women:woman
children:child people:person feet:foot teeth:tooth died:die death:die lives:life born:birth chosen:choose
length:long width:wide height:high tall:high strength:strong depth:deep
"""
_SYNONYMS = (
    "return returns refund refunds reimburse exchange bring send back money",
    "ship shipping ships shipment deliver delivery delivers delivered arrive arrives courier postage dispatch",
    "price cost costs fee charge charges charged pay rate expensive cheap",
    "open opening opens hours close closing closed closes",
    "broken damaged faulty defective defect repair warranty guarantee",
    "contact phone call email reach telephone",
    "buy purchase order ordered purchased bought",
    "free complimentary gratis",
    "wash washing clean cleaning laundry care",
    "reward rewards points loyalty member members membership club program programme join",
    "store shop stores shops branch location",
    "cancel cancellation stop end",
    "cannot can't not never except",
    "usa america states",
    "uk britain kingdom",
    "washing wash laundry",
    "mend repair fix repairs mended",
    "lost missing",
    "size sizes fit",
)
_KINDS: Mapping[QuestionKind, str] = {
    "contact": (
        r"\b(?:phone|telephone|fax|whatsapp|hotline)\b.*\bnumber\b|\bnumber\b.*\b(?:phone|call)\b|\be-?mail address\b"
        r"|\b(?:call|contact|reach|email|e-mail|phone|write to) (?:you|us|support|customer)\b|\b(?:your|the) (?:e-?mail|phone)\b"
    ),
    "procedure": r"\bhow (?:do|can|should|would|could|must|may) (?:i|we|you|one)\b|\bhow to\b",
    "reason": (r"\bwhy\b|\bwhat (?:caused|causes|is the reason|was the reason)\b|\bfor what reason\b"),
    "time": (
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time|era|hours)\b|\bhow long ago\b"
        r"|\bwhat are (?:your|the) (?:opening )?hours\b|\bare you open\b"
    ),
    "quantity": (
        r"\bhow (?:many|much|long|old|far|tall|big|large|often|high|fast|heavy|deep|wide)\b"
        r"|\b(?:what|how) (?:does|do|did|would|will) .*\bcosts?\b|\b(?:price|cost) of\b"
        r"|\bwhat (?:percent\w*|number|share|proportion|amount)\b"
        r"|\bwhat (?:is|was|are|were|s) the (?:\w+ )?(?:price|cost|population|fee|total|average|size|area|length|height)\b"
    ),
    "person": (r"\bwho(?:m|se)?\b|\bwhat (?:person|man|woman|player|king|queen|president|author)\b"),
    "place": (
        r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|town|region|continent|county|location|river)\b"
    ),
    "definition": (
        r"^what(?:'s| is| are| was| were) (?:an? |the )?[\w-]+(?: [\w-]+)?\??$|\bwhat does .* mean\b|^define\b"
    ),
}
_EVIDENCE: Mapping[QuestionKind, str] = {
    "contact": r"\+?\d[\d ()/-]{6,}\d|[\w.+-]+@[\w-]+\.\w+",
    "quantity": r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|dozen|hundreds?|thousands?|millions?|billions?|half|third|quarter|once|twice|free)\b",
    "time": r"\b[12]\d{3}s?\b|\b\d{1,2}(?::\d\d)?\s?[ap]\.?m\b|\b(?:january|february|march|april|may|june|july|august"
    r"|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|centuries"
    r"|decade|days?|weeks?|months?|years?|hours?|noon|midnight|daily|today|tomorrow)\b",
    "reason": r"\b(?:because|due to|since|so that|in order to|as a result|caused|causes?|reasons?|therefore|owing to|to avoid)\b",
    "definition": r"\b(?:is|are|was|were) (?:an? |the |any |one )|\b(?:means?|refers? to|known as|called|defined as)\b",
}
_SMALL_TALK: Mapping[SmallTalk, str] = {
    "person": (
        r"\b(?:talk|speak|chat|connect|transfer|put|pass|switch)\b.{0,20}\b(?:to|with|through|over)\b.{0,20}"
        r"\b(?:human|person|agent|someone|somebody|representative|operator|manager|advisor|staff)\b"
        r"|\b(?:want|need|get|give|like|reach)\b.{0,14}\b(?:a|an|the|real|live|some)\b.{0,8}"
        r"\b(?:human|real person|person|live agent|representative|operator|human being)\b(?! to | who | for )"
        r"|^(?:human|agent|real person|representative|operator|live agent|customer service)(?: please)?$"
    ),
    "greeting": (
        r"(?:hi+|hello+|hey+|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day))(?: (?:there|all|team"
        r"|everyone|again|friend))?(?: how are you(?: doing)?(?: today)?)?|how are you(?: doing)?(?: today)?|what s up"
    ),
    "thanks": (
        r"(?:ok(?:ay)? |great |perfect |cool )?(?:thanks?|thank you|thx|ty|cheers|many thanks)(?: (?:a lot|so much|very much"
        r"|you|again|a million|for (?:the|your) help|for everything))*|(?:great|perfect|awesome|cool|ok(?:ay)?)"
    ),
    "farewell": (
        r"(?:ok(?:ay)? )?(?:good ?bye|bye+|bye bye|see you|see you later|have a (?:nice|good|great) day|good night)"
    ),
    "identity": (
        r"(?:so )?(?:who|what) are you(?: exactly)?|are you (?:a |an )?(?:bot|robot|human|ai|real|real person|machine"
        r"|person|chatbot)(?: or (?:a |an )?(?:bot|robot|human|real person|person))?|what is your name|what s your name"
        r"|who am i (?:talking|speaking|chatting) (?:to|with)|what can you do|how can you help(?: me)?|help"
    ),
}

ENGLISH = compiled(
    "en",
    "english",
    Vocabulary(
        function_words=_FUNCTION_WORDS,
        irregular=_IRREGULAR,
        synonyms=_SYNONYMS,
    ),
    Patterns(
        question_kinds=_KINDS,
        asked_noun=r"\b(?:what|which|whose)\s+(?!is\b|are\b|was\b|were\b|do\b|does\b|did\b|has\b|have\b|can\b)(\w+)",
        part_border=r"[,;]?\s+(?:and|or)\s+(?:also\s+)?(?=(?:who|what|when|where|why|how|which|do|does|is|are|can)\b)",
        evidence=_EVIDENCE,
        small_talk=_SMALL_TALK,
    ),
    Phrases(
        replies={
            "greeting": "Hello! What would you like to know?",
            "thanks": "You're welcome! Is there anything else you would like to know?",
            "farewell": "Goodbye, and thank you for your message.",
            "identity": "I am an automated assistant. I answer questions from the documents I was given.",
            "person": "You would like to talk to a person. I am passing this on.",
        },
        unknown="I do not know: the documents I have do not answer that.",
        unanswered_part="About “{part}” I found nothing in the documents I have.",
        also="Also:",
    ),
)
