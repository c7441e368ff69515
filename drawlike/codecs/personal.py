"""Columns that hold names, addresses, and numbers of people, by their heading or their values."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from .cells import Name, storage

_NEARLY_ALL = 0.95
_WHOSE = "customer|client|patient|person|user|employee|member|student|contact|account|card|holder"
_HEADINGS = re.compile(
    rf"(^|_)((first|last|full|given|family|middle|maiden|nick|user|{_WHOSE})_?name|surname|"
    rf"username|login|phone|phones|telephone|mobile|cellphone|tel|fax|e_?mail|mail|ssn|passport|"
    rf"social_security|iban|(national|tax|id|identity|{_WHOSE})_(id|no|nr|number|num|code|key)|"
    rf"address|addr|street|(number|licen[cs]e)?_?plate|ip|mac)(_|$)"
    r"|姓名|名字|电话|手机|邮箱|身份证|证件号|护照|住址|地址|车牌|银行卡|账号|微信"
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^\W\d_a-zA-Z]+")
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_VALUES = (
    r"(?i)^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$",  # UUID
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",  # e-mail
    r"^[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9Xx]$",  # Chinese identity
    r"^[0-9]{3}-[0-9]{2}-[0-9]{4}$",  # US social security
    r"^[A-Z]{2}[0-9]{2}([ ]?[A-Z0-9]{4}){3,7}([ ]?[A-Z0-9]{1,4})?$",  # IBAN
    r"^([0-9]{4}[ -]){3}[0-9]{4}$",  # card
    r"^\+?1[3-9][0-9]{9}$",  # Chinese mobile telephone
    r"^(\+[0-9]{1,3}[ -]?)?\(?[0-9]{2,5}\)?[ /-]?[0-9]{3,4}[ -][0-9]{3,8}$",  # telephone
    r"^\(?0[0-9]{2,4}\)?[ /-]?[0-9]{6,8}([ -][0-9]{1,6})?$",  # landline after the area's number
    r"^\+[0-9][0-9 ()/-]{8,}$",  # with the country's number
    r"^([0-9]{1,3}\.){3}[0-9]{1,3}$",  # IP address
    r"(?i)^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$",  # MAC address
    rf"^[{_PROVINCES}][A-Z][·]?[A-Z0-9]{{5,6}}$",  # Chinese number plate
    rf"^[{_SURNAMES}][\x{{4e00}}-\x{{9fff}}]{{1,2}}$",  # Chinese name
    r"[省市区县镇村].*[路街道巷村号室]",  # Chinese address
    r"(?i)^[0-9]+[a-z]? .*(street|st|avenue|ave|road|rd|lane|ln|drive|dr|blvd)\.?$",
)
_MOBILES = (13_000_000_000, 20_000_000_000)
_SHORTEST = 100_000  # a smaller number under such a heading is a code


def is_heading(name: Name) -> bool:
    """Tell whether a heading announces what names a person: ``lastName``, ``手机号``."""
    words = "_".join(_WORDS.findall(str(name))).lower()
    return _HEADINGS.search(words) is not None


def holds_people(name: Name, some: pa.Array) -> bool:
    """Tell whether distinct values, texts or whole numbers, name people."""
    if storage(some.type) != "string":
        ends = pc.min_max(some)
        low, high = int(ends["min"].as_py()), int(ends["max"].as_py())
        is_mobile = _MOBILES[0] <= low and high < _MOBILES[1]
        return is_mobile or (low >= _SHORTEST and is_heading(name))
    return is_heading(name) or any(_like(some, pattern) for pattern in _VALUES)


def _like(texts: pa.Array, pattern: str) -> bool:
    share: float = pc.mean(pc.match_substring_regex(texts, pattern)).as_py()
    return share >= _NEARLY_ALL
