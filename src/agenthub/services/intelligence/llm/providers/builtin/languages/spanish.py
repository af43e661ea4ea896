"""Spanish."""

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
el la los las lo un una unos unas este esta estos estas ese esa esos esas aquel aquella eso esto y e o u ni pero si
que de del al a ante bajo con contra desde durante en entre hacia hasta para por según sin sobre tras yo me mi mis tú
te tu tus él ella ellos ellas se su sus nos nosotros nuestro nuestra usted ustedes les le quién quiénes quien cuál
cuáles qué cuándo cuando dónde donde cómo como cuánto cuánta cuántos cuántas por qué es son era eran fue fueron ser
sido siendo está están estaba estar hay había haber ha han he hemos hacer hace hizo hacen puede pueden puedo podría
tiene tienen tengo tener debe deben quiero quisiera necesito saber decir dime diga favor más muy también solo sólo ya
cada todo toda todos todas otro otra otros otras mismo misma tal llama llaman llamaba llamado tipo clase hola buenos
buenas algo alguien algún alguna
política políticas información detalles pregunta preguntas cosa cosas
"""
_IRREGULAR = """
dio:dar dieron:dar dijo:decir dijeron:decir fundo:fundar hizo:hacer murio:morir muere:morir muerte:morir muerto:morir
nacio:nacer nacimiento:nacer gano:ganar puso:poner puesto:poner supo:saber tuvo:tener vino:venir vio:ver visto:ver
trajo:traer condujo:conducir produjo:producir escrito:escribir abierto:abrir abre:abrir cierra:cerrar vuelve:volver
devuelve:devolver cuesta:costar cuestan:costar empieza:empezar
"""
_SYNONYMS = (
    "devolver devolucion devoluciones reembolso reembolsar cambiar cambio",
    "envio envios enviar entrega entregar llegar llega llegan mandar",
    "precio costo coste cuesta costar tarifa pagar cobran cobrar gastos",
    "abierto abren abrir abre horario horarios cierran cerrar cierra",
    "roto danado defectuoso defecto reparar reparacion garantia",
    "contacto telefono llamar correo",
    "comprar compra pedido pedidos",
    "gratis gratuito gratuita",
    "lavar lavado limpiar limpieza cuidado",
    "puntos fidelidad socio recompensas",
    "tienda tiendas sucursal local",
)
_KINDS: Mapping[QuestionKind, str] = {
    "contact": (
        r"\b(?:número|cuál)\b.*\b(?:teléfono|whatsapp|contacto)\b|\b(?:correo electrónico|e-?mail)\b"
        r"|\b(?:llamar|contactar|escribir)(?:l[eo]s|te|os)\b|\b(?:su|el) teléfono\b"
    ),
    "procedure": r"\bcómo (?:puedo|podemos|hago|debo|se|hacer|tengo que)\b",
    "reason": (
        r"\bpor qué\b|\bcuál (?:es|fue|era) (?:la causa|el motivo|la razón)\b|\bqué (?:causó|provocó)\b"
    ),
    "time": (
        r"\bcuándo\b|\b(?:qué|cuál) (?:año|fecha|día|mes|siglo|década|época|hora|horario)\b"
        r"|\bcuál(?:es)? (?:es|son) (?:su|el|los) horarios?\b|\bhace cuánto\b"
    ),
    "quantity": (
        r"\bcuánt[oa]s?\b|\bqué (?:porcentaje|número|cantidad|precio|proporción|edad|altura|tamaño|distancia)\b"
        r"|\bcuál (?:es|era|fue) (?:el|la) (?:precio|costo|coste|población|total|número|porcentaje|promedio|tamaño|área)\b"
    ),
    "person": (r"\bquién(?:es)?\b|\bqué (?:persona|hombre|mujer|jugador|rey|reina|presidente|autor)\b"),
    "place": (r"\bdónde\b|\bqué (?:ciudad|país|estado|lugar|pueblo|región|continente|río|condado)\b"),
    "definition": (
        r"^¿?qué (?:es|son|era|eran) (?:el |la |los |las |una? )?[\w-]+(?: [\w-]+)?\??$|\bqué significa\b"
    ),
}
_EVIDENCE: Mapping[QuestionKind, str] = {
    "contact": r"\+?\d[\d ()/-]{6,}\d|[\w.+-]+@[\w-]+\.\w+",
    "quantity": r"\d|\b(?:un[oa]?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|veinte|treinta|cuarenta|cincuenta"
    r"|sesenta|setenta|ochenta|noventa|cien(?:to)?|cientos|mil(?:es)?|mill(?:ón|ones)|mitad|tercio|cuarto|docena|gratis)\b",
    "time": r"\b[12]\d{3}\b|\b(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre"
    r"|lunes|martes|miércoles|jueves|viernes|sábados?|domingos?|siglos?|década|días?|semanas?|mes(?:es)?|años?|horas?)\b",
    "reason": r"\b(?:porque|debido a|ya que|puesto que|para|a causa de|por lo que|causa|motivo|razón)\b",
    "definition": r"\b(?:es|son|era|eran|fue) (?:una?|el|la|los|las|cualquier)\b|\b(?:significa|se refiere|conocid[oa]|llamad[oa])\b",
}
_SMALL_TALK: Mapping[SmallTalk, str] = {
    "person": (
        r"\b(?:hablar|comunicar\w*|contactar|chatear|p[aá]s\w+|conect\w+)\b.{0,14}\b(?:con|a)\b.{0,10}"
        r"\b(?:persona|humano|agente|alguien|representante|operador|operadora|asesor|asesora|encargado)\b"
        r"|\b(?:quiero|necesito|prefiero)\b.{0,10}\b(?:un|una)\b.{0,6}\b(?:persona|humano|agente|asesor|representante)\b"
        r"|^(?:persona|humano|agente|operador|asesor)(?: por favor)?$"
    ),
    "greeting": (
        r"(?:hola+|buenas|buenos días|buen día|buenas tardes|buenas noches|saludos|qué tal|hola qué tal|hola buenas"
        r"|hola buenos días|hola buenas tardes)(?: (?:a todos|equipo|cómo est[áa]s?|cómo está usted))?|cómo est[áa]s?"
    ),
    "thanks": (
        r"(?:ok |vale |perfecto )?(?:muchas |mil |muchísimas )?gracias(?: (?:por (?:todo|la ayuda|tu ayuda|su ayuda)))?"
        r"|vale|perfecto|genial|ok"
    ),
    "farewell": (
        r"(?:adiós|adios|chao|chau|hasta (?:luego|pronto|mañana|la vista)|nos vemos|que tenga un buen día)"
    ),
    "identity": (
        r"(?:y )?(?:tú )?(?:quién|qué) (?:eres|es usted)(?: tú)?|eres (?:un |una )?(?:bot|robot|humano|persona|máquina|ia|real"
        r"|persona real)|es usted (?:un |una )?(?:bot|robot|humano|persona|máquina)|cómo te llamas|cuál es tu nombre"
        r"|con quién hablo|qué puedes hacer|en qué (?:me )?puedes ayudar(?:me)?|ayuda"
    ),
}

SPANISH = compiled(
    "es",
    "spanish",
    Vocabulary(
        function_words=_FUNCTION_WORDS,
        irregular=_IRREGULAR,
        synonyms=_SYNONYMS,
    ),
    Patterns(
        question_kinds=_KINDS,
        asked_noun=r"\b(?:qué|cuál|cuáles)\s+(?!es\b|son\b|era\b|eran\b|fue\b|fueron\b|se\b|ha\b|hizo\b|hace\b)(\w+)",
        part_border=r"[,;]?\s+(?:y|e|o)\s+(?:también\s+)?¿?(?=(?:quién|qué|cuándo|dónde|por qué|cómo|cuál|cuánt)\w*\b)",
        evidence=_EVIDENCE,
        small_talk=_SMALL_TALK,
    ),
    Phrases(
        replies={
            "greeting": "¡Hola! ¿Qué le gustaría saber?",
            "thanks": "¡De nada! ¿Le gustaría saber algo más?",
            "farewell": "Hasta luego, y gracias por su mensaje.",
            "identity": "Soy un asistente automático. Respondo a preguntas con los documentos que me han dado.",
            "person": "Quiere hablar con una persona. Doy aviso de ello.",
        },
        unknown="No lo sé: los documentos que tengo no responden a eso.",
        unanswered_part="Sobre «{part}» no he encontrado nada en los documentos que tengo.",
        also="Además:",
    ),
)
