from xml.etree.ElementTree import Element
from xml.etree.ElementTree import ParseError as ParseError

def fromstring(text: bytes, forbid_dtd: bool = ...) -> Element: ...
