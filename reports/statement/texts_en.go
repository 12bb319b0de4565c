package statement

var english = Texts{
	Months: [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	words: map[string]string{
		"title": "Account statement", "loan": "Loan", "from_to": "%s to %s",
		"lead":       "What happened on your loan in this time, what you owe, and what it costs to pay it off.",
		"known_now":  "With everything that our books know at the close of %s.",
		"known_then": "As our books had it at the close of %s.",
		"amounts_in": "Amounts in %s. An amount with a minus lowers what you owe.",
		"page":       "Page %d of %d",

		"you_owe": "You owe", "on_day": "on %s", "past_due": "Past due", "nothing_past_due": "Nothing", "since": "since %s",
		"next_payment": "Next payment", "due_day": "on %s", "no_payment": "None", "payoff_card": "To pay it all off",

		"note_past_due":    "%s has been due since %s and is not paid yet. If you can't pay it at once, please talk to us: we will look for a way together.",
		"note_settled":     "This loan is paid in full. Thank you.",
		"note_overpaid":    "This loan is paid in full, and %s of your money is left over. Please tell us where we may send it.",
		"note_charged_off": "We have taken this loan off our own books. You still owe the balance shown here, and every payment lowers it. Please talk to us about a way to pay that suits you.",
		"note_recovered":   "We have taken this loan off our own books, and you have paid back all that we took off. We do not ask you to pay what is still shown as owed here.",
		"note_left_over":   "%s of your money is left over. Please tell us where we may send it.",
		"note_written_off": "This loan is closed. We ask for no more payments.",
		"note_restated":    "At the time, %s was owed at the start of this period. Something of an earlier day has become known since, so it is %s now.",

		"balances": "Balances", "opening": "At the start of %s", "movement": "Change", "closing": "At the end of %s",
		"principal": "Principal", "interest": "Interest", "fees": "Fees", "penalties": "Penalties", "owed": "Owed in all", "credit": "Your credit",
		"credit_note": "Your credit is money of yours with us. It is not taken off what you owe here; it pays what falls due next.",

		"history": "What happened", "value_date": "Value date", "posted_on": "Posted on", "what": "What", "amount": "Amount", "balance": "Balance",
		"opening_row": "Opening balance", "closing_row": "Closing balance", "nothing_happened": "Nothing happened in this time.",
		"late": "came late", "reversed": "reversed on %s", "until": "until %s", "target": "of %s",

		"kind_booking": "Loan paid out", "kind_fee": "Fee", "kind_penalty": "Penalty", "kind_repayment": "Payment", "kind_reversal": "Reversal",
		"kind_chargeback": "Payment taken back", "kind_waiver": "Waiver", "kind_goodwill": "Goodwill", "kind_prepay": "Early repayment",
		"kind_settle": "Early settlement", "kind_refund": "Paid back to you", "kind_pause": "Payment pause", "kind_restructure": "New terms",
		"kind_charge_off": "Taken off our books", "kind_write_off": "Written off", "kind_recovery": "Payment",
		"kind_release": "Payment, assigned", "kind_disburse": "Further payout", "kind_accrual": "Interest and charges", "kind_interest": "Interest",
		"kind_credit_applied": "Your credit used",

		"next_dues": "What falls due next", "number": "No.", "due_on": "Due on", "no_dues": "Nothing more falls due.",
		"to_pay": "To pay",
		"payoff": "What a payoff costs", "payoff_on": "Paid off on %s", "interest_earned": "Interest up to this day", "settlement_fee": "Fee for paying off early",
		"less_credit": "Less your credit", "payoff_amount": "Amount to pay", "later": "If you pay later", "payoff_note": "These amounts hold as long as nothing else happens on the loan.",
		"year": "Totals of %d", "charged": "Charged", "paid": "Paid", "paid_written_off": "After it was written off", "total": "In all",

		"terms": "Your contract", "terms_in_force": "Terms now in force", "product": "Product", "borrowed": "Amount borrowed", "base": "Amount", "rate": "Interest a year", "method": "Repayment",
		"day_count": "Days counted as", "installments": "Instalments", "frequency": "Due", "fee_each": "Fee with each instalment", "level": "Regular instalment",
		"disbursed_on": "Paid out on", "agreed_on": "In force from", "first_due_on": "First due on", "last_due_on": "Last due on",
		"method_annuity": "Equal instalments", "method_equal_principal": "Equal parts of principal", "method_interest_only": "Interest only, principal at the end",
		"method_lump_sum": "One payment at the end", "method_flat": "Interest on the amount borrowed", "method_zero": "Without interest",
		"method_capitalized": "Interest is added to principal", "every_month": "every month", "every_months": "every %d months", "every_days": "every %d days", "on_days": "on days %s of each month",
	},
}
