"""What figures can be told apart by: one table. A fact can be told apart by whatever columns it has, or leads to."""

from typing import Any

import ibis

from hq_server.reports.declarations import Dimension, Names
from hq_server.reports.figures.making import DAY_S, after_close
from hq_server.segments import births, lifecycle, rfm

NONE = "-"  # the key of what has none: no member, no region


def _n(zh: str, en: str) -> Names:
    return {"zh": zh, "en": en}


def _plain(name: str, zh: str, en: str, column: str = "", **more: Any) -> Dimension:
    """A column of the fact itself, as it is."""
    own = column or name
    return Dimension(name, _n(zh, en), (own,), lambda t: _said(t[own]), **more)


def _there(name: str, zh: str, en: str, register: str, column: str) -> Dimension:
    """A column of the register that the fact leads to, or that it has itself."""
    beside = f"{register}.{column}"
    of = lambda t: _said(t[beside if beside in t.columns else column])  # noqa: E731
    return Dimension(name, _n(zh, en), (column,), of, register)


def _time(name: str, zh: str, en: str, of: Any) -> Dimension:
    return Dimension(name, _n(zh, en), ("business_date",), of, grain=name)


def _said(column: Any) -> Any:
    """As text; what is missing or empty has the key of none."""
    return column.cast("string").nullif("").fill_null(NONE)


def _arrival(t: Any) -> Any:
    """By whole days, not as a moment: engines write moments in the time zone of their machine."""
    day = ibis.date("1970-01-01") + (t.received_at_s // DAY_S).as_interval("D")
    return day.strftime("%Y-%m-%d")


def _quarter(t: Any) -> Any:
    return t.business_date.year().cast("string") + "-Q" + t.business_date.quarter().cast("string")


def _tagged(t: Any, keys: Any) -> Any:
    tags = t["members.tags" if "members.tags" in t.columns else "tags"]
    return ibis.coalesce(ibis.or_(*(tags.contains(key) for key in keys)), ibis.literal(False))


def _band(bounds: tuple[int, ...], column: str) -> Any:
    """Half open: '0-7', '8-30' ... of whole numbers, each bound the last of its band; beyond them 'n+'."""

    def of(t: Any) -> Any:
        value, first, cases = t[column], 0, []
        for bound in bounds:
            cases.append((value <= bound, f"{first:03d}-{bound:03d}" if first != bound else f"{bound:03d}"))
            first = bound + 1
        return ibis.cases((value.isnull(), NONE), *cases, else_=f"{first:03d}+")

    return of


def _bands(*names: str) -> dict[str, Names]:
    """Bands in their order."""
    return {name: _n(name, name) for name in names}


_MEMBERSHIP = {"member": _n("会员", "Member"), "none": _n("非会员", "No member")}
_YES = {"1": _n("是", "Yes"), "0": _n("否", "No")}
_WEEKDAYS = {
    str(n): _n(zh, en)
    for n, (zh, en) in enumerate(
        (("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"), ("周五", "Friday"),
         ("周六", "Saturday"), ("周日", "Sunday")), 1)
}  # fmt: skip
TENDERS = {
    "cash": _n("现金", "Cash"), "principal": _n("储值本金", "Stored value"), "bonus": _n("储值赠金", "Bonus"),
    "points_value": _n("积分抵扣", "Points"), "receivable": _n("应收", "Owed"),
    "offline_credit": _n("离线透支", "Offline credit"), "loss": _n("损失科目", "Loss account"),
}  # fmt: skip
BUSINESSES = {
    "sale": _n("销售", "Sale"), "top_up": _n("充值", "Top-up"), "debt": _n("收回欠款", "Debt paid"),
    "payout": _n("退还会员", "Paid out"),
}  # fmt: skip
MOVES = {
    "top_up": _n("充值", "Topped up"), "bonus": _n("赠送", "Bonus"), "spent": _n("消费", "Spent"),
    "reversed": _n("冲正", "Taken back"), "expired": _n("过期", "Expired"), "moved": _n("调拨", "Moved"),
    "merged": _n("合并", "Merged"), "adjusted": _n("调整", "Adjusted"), "paid_out": _n("退还", "Paid out"),
    "earned": _n("获得", "Earned"), "redeemed": _n("使用", "Redeemed"), "added": _n("增加", "Added"),
    "used": _n("核销", "Used"), "issued": _n("发放", "Issued"), "other": _n("其他", "Other"),
}  # fmt: skip
ASSETS = {"principal": _n("本金", "Principal"), "bonus": _n("赠金", "Bonus"), "points": _n("积分", "Points")}
TAPS = {
    "sale": _n("销售", "Sale"), "top_up": _n("充值", "Top-up"), "void": _n("撤销", "Reversal"),
    "refusal": _n("拒绝", "Refusal"), "refund": _n("退货", "Refund"), "adjustment": _n("调整", "Adjustment"),
    "refund_from_loss": _n("损失科目退款", "Refund from loss"), "issue": _n("发放", "Issue"),
    "adjusted": _n("总部调整", "Adjusted at head office"), "merged": _n("账户合并", "Accounts merged"),
    "paid_out": _n("销户退还", "Account paid out"), "released": _n("案件结清", "Case closed"),
}  # fmt: skip
RETURNS = {"return": _n("退回", "Returned"), "again": _n("撤回退货", "Refund voided"), "other": _n("其他", "Other")}
CHANNELS = {"store": _n("门店", "At a store"), "office": _n("总部", "At head office")}
SEGMENTS = {cell.bits: _n(*cell.value) for cell in rfm.CELLS} | {rfm.LAPSED: _n("窗口内无消费", "Nothing bought")}
MOVEMENTS = {
    rfm.UP: _n("上升", "Up"), rfm.DOWN: _n("下降", "Down"), rfm.SAME: _n("不变", "Same"),
    rfm.NEW: _n("新增", "New"), rfm.LOST: _n("流失", "Lost"), NONE: _n("无", "None"),
}  # fmt: skip
_STAGES_ZH = ("潜在", "流失", "沉睡", "新会员", "回流", "衰退", "成长", "成熟")
STAGES = {stage: _n(zh, stage.capitalize()) for stage, zh in zip(lifecycle.STAGES, _STAGES_ZH, strict=True)}
_SIGNS_ZH = ("白羊", "金牛", "双子", "巨蟹", "狮子", "处女", "天秤", "天蝎", "射手", "摩羯", "水瓶", "双鱼")
SIGNS = {sign: _n(zh + "座", sign.capitalize()) for sign, zh in zip(births.STAR_SIGNS, _SIGNS_ZH, strict=True)}
_ANIMALS_ZH = "鼠牛虎兔龙蛇马羊猴鸡狗猪"
ANIMALS = {animal: _n(zh, animal.capitalize()) for animal, zh in zip(births.ANIMALS, _ANIMALS_ZH, strict=True)}
UNKNOWN = {births.UNKNOWN: _n("未知", "Unknown")}

_ALL = (
    _time("day", "营业日", "Day", lambda t: t.business_date.cast("string")),
    _time("week", "周", "Week", lambda t: t.business_date.strftime("%G-W%V")),
    _time("month", "月份", "Month", lambda t: t.business_date.strftime("%Y-%m")),
    _time("quarter", "季度", "Quarter", _quarter),
    _time("year", "年", "Year", lambda t: t.business_date.strftime("%Y")),
    Dimension("weekday", _n("星期", "Weekday"), ("business_date",),
              lambda t: (t.business_date.day_of_week.index() + 1).cast("string"), words=_WEEKDAYS),
    Dimension("hour", _n("时段", "Hour"), ("hour",), lambda t: t.hour.cast("string").lpad(2, "0")),
    _plain("store", "门店", "Store", named_by="stores"),
    _there("region", "区域", "Region", "stores", "region"),
    _plain("terminal", "终端", "Terminal"),
    _plain("operator", "收银员", "Attendant", named_by="operators"),
    _plain("shift", "班次", "Shift"),
    _plain("account", "会员账户", "Account"),
    Dimension("membership", _n("会员/非会员", "Member or not"), ("account",),
              lambda t: ibis.ifelse(t.account != "", "member", "none"), words=_MEMBERSHIP),
    _there("level", "会员级别", "Level", "members", "level"),
    _there("tag", "标签", "Tag", "members", "tags")._replace(among=_tagged),
    _there("home", "归属门店", "Home store", "members", "home")._replace(named_by="stores"),
    Dimension("offline", _n("离线", "Line cut"), ("offline",),
              lambda t: ibis.ifelse(t.offline, "1", "0"), words=_YES),
    Dimension("late", _n("关账后到达", "Arrived after the close"), ("received_at_s", "business_date"),
              lambda t: ibis.ifelse(after_close(t), "1", "0"), words=_YES),
    Dimension("arrived", _n("到达日 (UTC)", "Arrived on (UTC)"), ("received_at_s",),
              _arrival),
    _plain("product", "商品", "Product", "code", named_by="goods"),
    _there("category", "类别", "Category", "goods", "category"),
    _there("unit", "单位", "Unit", "goods", "unit"),
    _plain("tax", "税码", "Tax code", "tax_code"),
    Dimension("fuel", _n("油品/非油", "Fuel or not"), ("fuel",), lambda t: ibis.ifelse(t.fuel, "1", "0"), words=_YES),
    _plain("nozzle", "油枪", "Nozzle"),
    _plain("fuel_shift", "加油班次", "Forecourt shift"),
    _plain("fuel_card", "油卡", "Card", "card"),
    _plain("vehicle", "车辆", "Vehicle"),
    _plain("tender", "支付方式", "Tender", words=TENDERS),
    _plain("business", "业务", "Business", words=BUSINESSES),
    _plain("returned", "退回方式", "How it came back", "kind", words=RETURNS),
    _plain("asset", "资产", "Asset", words=ASSETS),
    _plain("asset_class", "资产类别", "Kind of asset"),
    _plain("lot", "批次", "Lot"),
    _plain("holder", "持有方", "Held by", named_by="stores"),
    _plain("issuer", "发行门店", "Issuing store", "origin", named_by="stores"),
    _plain("move", "类型", "Kind of movement", "kind", words=MOVES),
    Dimension("expiry", _n("到期月", "Expires in"), ("expires",), lambda t: _said(t.expires.strftime("%Y-%m"))),
    _plain("tap", "操作", "What was done", "kind", words=TAPS),
    _plain("asked", "请求", "What was asked", "message"),
    _plain("reason", "原因", "Reason"),
    _plain("second", "授权人", "Agreed by", named_by="operators"),
    _plain("channel", "加入渠道", "Where they joined", words=CHANNELS),
    # of members (profiles); buyer_...: of the member behind a sale
    _there("buyer_segment", "RFM 客群", "RFM segment", "profiles", "segment")._replace(words=SEGMENTS),
    _there("buyer_stage", "生命周期", "Stage of life", "profiles", "stage")._replace(words=STAGES),
    _plain("home_store", "归属门店", "Home store", "home", named_by="stores"),
    _plain("status", "状态", "Status"),
    Dimension("joined_month", _n("加入月份", "Joined in"), ("joined_date",),
              lambda t: _said(t.joined_date.strftime("%Y-%m"))),
    _plain("frequency_band", "消费次数", "Purchases", words=_bands("0", "1", "2-5", "6-10", "11-20", "21-50",
                                                               "51-100", "101+")),
    _plain("spend_band", "消费金额", "Spent", words=_bands("0", "0-100", "100-500", "500-1000", "1000-2000",
                                                       "2000-5000", "5000+")),
    _plain("recency_band", "最后消费距今", "Days since the last purchase",
           words=_bands("0-7", "8-30", "31-60", "61-90", "91-180", "181-365", "366+") | {"never": _n("从未", "Never")}),
    _plain("segment", "RFM 客群", "RFM segment", words=SEGMENTS),
    _plain("segment_before", "上期客群", "Segment before", words=SEGMENTS),
    _plain("movement", "升降", "Movement", words=MOVEMENTS),
    _plain("stage", "生命周期", "Stage of life", words=STAGES),
    _plain("risk_band", "流失概率", "Chance to have left",
           words=_bands("00-10", "10-25", "25-50", "50-75", "75-100") | {"never": _n("从未消费", "Never bought")}),
    Dimension("at_risk", _n("流失风险", "May be lost"), ("at_risk",),
              lambda t: ibis.ifelse(t.at_risk, "1", "0"), words=_YES),
    _plain("gender", "性别", "Gender", words={"female": _n("女", "Female"), "male": _n("男", "Male"),
                                          NONE: _n("未知", "Unknown")}),
    _plain("star_sign", "星座", "Star sign", words=SIGNS | UNKNOWN),
    _plain("animal", "生肖", "Zodiac animal", words=ANIMALS | UNKNOWN),
    _plain("decade", "年代", "Decade of birth", words=UNKNOWN),
    _plain("age_band", "年龄段", "Age",
           words=_bands(*(band for _, band in births.AGE_BANDS), births.OLDEST_BAND) | UNKNOWN),
    _plain("birth_month", "生日月份", "Month of birthday", words=UNKNOWN),
    _plain("birth_day", "生日", "Birthday", words=UNKNOWN),
    Dimension("cycle_band", _n("购买周期", "Days between purchases"), ("cycle_days",),
              _band((3, 7, 14, 30, 60, 90), "cycle_days")),
)  # fmt: skip
DIMENSIONS = {one.id: one for one in _ALL}
PLACES = ("store", "issuer", "home_store")  # the first that a report has is what its page's field for stores means
