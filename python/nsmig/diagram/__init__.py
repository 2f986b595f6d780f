"""A schema as a diagram: as text in the language of Mermaid, and as an SVG file."""

from nsmig.diagram.mermaid import mermaid
from nsmig.diagram.svg import svg, svg_of_few

__all__ = ["mermaid", "svg", "svg_of_few"]
