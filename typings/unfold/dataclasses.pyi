from dataclasses import dataclass

@dataclass
class SearchResult:
    title: str
    description: str
    link: str
    icon: str | None
