package statement

var simplified = Texts{
	Months: [...]string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
	words: map[string]string{
		"title": "贷款对账单", "loan": "贷款", "from_to": "%s至%s",
		"lead":       "这段时间内您的贷款发生了什么、目前欠款多少，以及全部还清需要多少。",
		"known_now":  "包含截至%s日终账簿已知的全部内容。",
		"known_then": "以%s日终时账簿所载为准。",
		"amounts_in": "金额单位：%s。带减号的金额会减少您的欠款。",
		"page":       "第 %d 页，共 %d 页",

		"you_owe": "欠款总额", "on_day": "截至%s", "past_due": "逾期金额", "nothing_past_due": "无", "since": "自%s起",
		"next_payment": "下期还款", "due_day": "%s到期", "no_payment": "无", "payoff_card": "全部还清",

		"note_past_due":    "有%s自%s起到期，尚未还清。如果一时难以还上，请与我们联系，我们会和您一起想办法。",
		"note_settled":     "这笔贷款已全部还清，谢谢您。",
		"note_overpaid":    "这笔贷款已全部还清，您还有%s余款在我们这里。请告诉我们应退到哪里。",
		"note_charged_off": "这笔贷款已从我们的账面核出，但您仍欠此处所列的余额，每次还款都会使其减少。请与我们联系，商量适合您的还款方式。",
		"note_recovered":   "这笔贷款已从我们的账面核出，而核出的金额您已全部还清。此处仍列出的余额，我们不要求您支付。",
		"note_left_over":   "您还有%s余款在我们这里。请告诉我们应退到哪里。",
		"note_written_off": "这笔贷款已结案，我们不再要求还款。",
		"note_restated":    "当时期初欠款为%s。此后我们得知了更早日期的事项，因此现为%s。",

		"balances": "余额", "opening": "%s日初", "movement": "变动", "closing": "%s日终",
		"principal": "本金", "interest": "利息", "fees": "费用", "penalties": "罚息", "owed": "欠款合计", "credit": "您的余款",
		"credit_note": "余款是您存放在我们这里的钱，此处未从欠款中扣除，将用于支付下一笔到期款项。",

		"history": "账户明细", "value_date": "起息日", "posted_on": "入账日", "what": "事项", "amount": "金额", "balance": "余额",
		"opening_row": "期初余额", "closing_row": "期末余额", "nothing_happened": "这段时间内没有发生任何事项。",
		"late": "补记", "reversed": "已于%s冲销", "until": "至%s", "target": "原编号 %s",

		"kind_booking": "放款", "kind_fee": "费用", "kind_penalty": "罚金", "kind_repayment": "还款", "kind_reversal": "冲销",
		"kind_chargeback": "还款退回", "kind_waiver": "减免", "kind_goodwill": "优惠代付", "kind_prepay": "提前还款",
		"kind_settle": "提前结清", "kind_refund": "退款给您", "kind_pause": "暂缓还款", "kind_restructure": "变更条款",
		"kind_charge_off": "从账面核出", "kind_write_off": "核销", "kind_recovery": "还款",
		"kind_release": "还款（已归户）", "kind_disburse": "追加放款", "kind_accrual": "利息及费用", "kind_interest": "利息",
		"kind_credit_applied": "使用余款",

		"next_dues": "接下来的应还款", "number": "期数", "due_on": "到期日", "no_dues": "没有待还款项。",
		"to_pay": "应还",
		"payoff": "提前还清所需金额", "payoff_on": "于%s还清", "interest_earned": "截至当日的利息", "settlement_fee": "提前还清手续费",
		"less_credit": "减去您的余款", "payoff_amount": "应付金额", "later": "如果晚些还清", "payoff_note": "以上金额以贷款在此期间没有其他变动为前提。",
		"year": "%d年合计", "charged": "计收", "paid": "已还", "paid_written_off": "核销后", "total": "合计",

		"terms": "合同条款", "terms_in_force": "现行条款", "product": "产品", "borrowed": "借款金额", "base": "金额", "rate": "年利率", "method": "还款方式",
		"day_count": "计息天数", "installments": "期数", "frequency": "还款周期", "fee_each": "每期费用", "level": "每期还款额",
		"disbursed_on": "放款日", "agreed_on": "生效日", "first_due_on": "首期到期日", "last_due_on": "末期到期日",
		"method_annuity": "等额本息", "method_equal_principal": "等额本金", "method_interest_only": "先息后本",
		"method_lump_sum": "一次性还本付息", "method_flat": "按借款金额计息", "method_zero": "免息",
		"method_capitalized": "利息计入本金", "every_month": "每月", "every_months": "每 %d 个月", "every_days": "每 %d 天", "on_days": "每月 %s 日",
	},
}
