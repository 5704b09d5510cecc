"""The order of children that ECMA-376 (part 1, wml.xsd, transitional) asks of what the report writes."""

from collections.abc import Iterator

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ORDER = {
    "rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
        "noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect "
        "bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath rPrChange"
    ),
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers "
        "pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE "
        "autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents "
        "suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle "
        "rPr sectPr pPrChange"
    ),
    "pBdr": "top left bottom right between bar",
    "tbl": "bookmarkStart bookmarkEnd tblPr tblGrid tr",
    "tblPr": (
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc "
        "tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription "
        "tblPrChange"
    ),
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "tr": "tblPrEx trPr tc",
    "tc": "tcPr p",
    "tcPr": (
        "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText "
        "vAlign hideMark"
    ),
    "tcBorders": "top left bottom right insideH insideV tl2br tr2bl",
    "tcMar": "top left bottom right",
    "sectPr": (
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders "
        "lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter "
        "docGrid printerSettings"
    ),
    "sdt": "sdtPr sdtEndPr sdtContent",
    "docPartObj": "docPartGallery docPartCategory docPartUnique",
    "style": (
        "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed "
        "qFormat locked personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr "
        "tblStylePr"
    ),
    "tblStylePr": "pPr rPr tblPr trPr tcPr",
    "styles": "docDefaults latentStyles style",
    "docDefaults": "rPrDefault pPrDefault",
    "font": "altName panose1 charset family notTrueType pitch sig",
    "settings": (
        "writeProtection view zoom removePersonalInformation defaultTabStop characterSpacingControl "
        "footnotePr endnotePr compat docVars rsids mathPr themeFontLang clrSchemeMapping "
        "decimalSymbol listSeparator"
    ),
    "anchor": "simplePos positionH positionV extent effectExtent wrapNone docPr cNvGraphicFramePr graphic",
    "inline": "extent effectExtent docPr cNvGraphicFramePr graphic",
    "pic": "nvPicPr blipFill spPr",
    "spPr": "xfrm prstGeom",
}
"""Names of children by the name of their parent; trPr is a choice, in which any order is good."""

KNOWN = {parent: {name: place for place, name in enumerate(text.split())} for parent, text in ORDER.items()}
EXTENSIONS = {"rPr": {"numSpacing"}}
"""Children of Microsoft's own namespaces, after all others."""


def misplaced(root: etree._Element) -> Iterator[str]:
    """``tcPr: shd after vAlign`` for every child that stands where the schema does not have it."""
    for parent in root.iter():
        name = etree.QName(parent).localname
        known = KNOWN.get(name)
        if known is None:
            continue
        last, at = "", -1
        for child in parent:
            own = etree.QName(child).localname
            place = len(known) if own in EXTENSIONS.get(name, ()) else known.get(own)
            if place is None:
                yield f"{name}: {own} is not among its children"
            elif place < at:
                yield f"{name}: {own} after {last}"
            else:
                last, at = own, place
