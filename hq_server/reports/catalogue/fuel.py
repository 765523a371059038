"""Reports of the forecourt."""

from hq_server.reports.catalogue.making import report

REPORTS = (
    report(
        "fuel_sales_stats", "fuel", "加油站销售统计", "Fuel sales statistics",
        "各油品加了多少升，泵码是否一致？泵码差异应为零。",
        "How many litres of each grade, and do the totalisers agree? Their difference is zero if all is well.",
        "product", "store region terminal operator shift day week month hour weekday membership level",
        "fills litres fuel_list fuel_saved fuel_coupons fuel_discount fuel_paid fuel_amount owed avg_litres "
        "price_per_litre fuel_members meter_gap over_held",
        charted="fuel_amount", behind="taps", shown="fills litres fuel_list fuel_discount fuel_paid meter_gap",
    ),
    report(
        "fuel_totals_vs_sales", "fuel", "泵码与销售对账", "Litres by totals against litres sold",
        "每条油枪、每个班次，泵码走了多少升，卖了多少升？未解释升数应为零。按日查看时，跨日的班次算在交班那一天。",
        "Per nozzle and shift: how far did the totaliser move, how much was sold? Nothing should stay unexplained. "
        "By day, a shift counts on the day of its close.",
        "nozzle fuel_shift", "store region product day week month", "litres_by_totals litres_booked litres_difference "
        "litres_gap litres_tested litres_unexplained", charted="litres_by_totals litres_booked",
    ),
    report(
        "fuel_by_card", "fuel", "油卡与车辆加油量", "Litres by card and vehicle",
        "每张油卡、每辆车加了多少？车牌与司机见企业对账单。",
        "How much went to each card and car? Plates and drivers are in the company's statement.",
        "fuel_card", "vehicle account product store region day month", "fills litres fuel_list fuel_discount fuel_paid",
        order="litres", charted="litres", behind="taps", permission="members.view",
    ),
    report(
        "fuel_staff_performance", "fuel", "员工销售业绩", "Fuel staff sales performance",
        "每位员工的加油、非油与充值业绩。", "Fuel, shop and top-ups by attendant.",
        "operator", "store region month shift", "fills litres fuel_amount non_fuel_net topup_principal net_sales",
        order="net_sales", charted="fuel_amount non_fuel_net",
    ),
)  # fmt: skip
