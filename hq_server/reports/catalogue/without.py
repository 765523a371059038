"""Reports of the catalogue that no event tells of yet: id -> titles, and what they wait for. Kept out of the menu."""

from typing import NamedTuple

from hq_server.reports.declarations import Names


class Waiting(NamedTuple):
    name: Names
    needs: str


_NEEDS = {
    "levels, referrers and contacts of members": """
        member_level_changes|会员级别变动报表|Member level changes
        member_referral_analysis|会员推荐分析|Referrals
        member_value_direct_indirect|会员直接与间接价值|Direct and indirect value of members
        member_followup_log|会员跟踪记录报表|Follow-up of members
        growth_ledger|会员成长明细|Growth value ledger
        viral_model|会员裂变模型|Viral model
        incoming_call_log|来电记录|Incoming calls
        check_in_log|签到记录|Check-ins
        service_plan|服务计划|Service plans""",
    "withdrawals, and cards replaced at a till": """
        member_withdrawal_stats|会员提现统计|Withdrawals
        card_replacement_stats|会员换卡统计|Card replacements""",
    "stock and its cost": """
        slow_moving_products|商品滞销统计|Slow-moving products
        product_profit|商品利润报表|Profit of products
        stock_on_hand|剩余库存|Stock on hand
        purchase_receipts|采购进货|Purchases
        purchase_returns|采购退货|Purchases returned
        inter_store_transfers|店间库存调拨|Stock moved between stores
        stocktake|库存盘点|Stocktake
        stock_movement_detail|库存出入明细|Movements of stock
        inventory_closing_balance|库存结余|Stock at the end
        assortment_analysis|行销选品分析|Choice of products to promote""",
    "packages, services by time, orders that are shipped or parked": """
        package_sales_analysis|套餐销售分析|Packages
        timed_service_sales|计时消费|Services by time
        pending_shipment_stats|待发货商品统计报表|Awaiting shipment
        shipped_goods_settlement|发货商品结算报表|Settlement of shipped goods
        held_order_log|挂单记录|Parked orders
        stored_value_freeze|会员储值冻结|Holds and freezes""",
    "payment channels and who shares in them": """
        mobile_payment_reconciliation|移动支付对账单|Mobile payments reconciled
        mobile_payment_clearing_reconciliation|移动支付清分对账单|Mobile payments cleared
        clearing_report|清分报表|Clearing
        staff_commission|员工提成|Commission
        staff_commission_ranking|员工提成排行|Commission ranking""",
    "campaigns with their audiences": """
        coupon_effectiveness|优惠券效果分析|Effect of coupons
        stored_value_campaign_effect|储值活动效果|Effect of top-up plans
        campaign_realtime_tracking|活动过程追踪|Campaigns as they run
        campaign_review|活动复盘|Campaigns reviewed
        campaign_effect|活动效果分析|Effect of campaigns
        campaign_strategy_board|执行中活动看板|Running campaigns
        member_wakeup_effect|会员唤醒效果|Effect of waking members""",
}


def _told() -> dict[str, Waiting]:
    found = {}
    for needs, rows in _NEEDS.items():
        for row in rows.strip().splitlines():
            name, zh, en = row.strip().split("|")
            found[name] = Waiting({"zh": zh, "en": en}, needs)
    return found


WITHOUT = _told()
