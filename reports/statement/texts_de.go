package statement

var german = Texts{
	Months: [...]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
	words: map[string]string{
		"title": "Kontoauszug", "loan": "Kredit", "from_to": "%s bis %s",
		"lead":       "Was in dieser Zeit auf Ihrem Kreditkonto geschah, was offen ist und was eine vollständige Rückzahlung kostet.",
		"known_now":  "Mit allem, was unsere Bücher am Tagesschluss des %s wissen.",
		"known_then": "So, wie unsere Bücher es am Tagesschluss des %s führten.",
		"amounts_in": "Beträge in %s. Ein Betrag mit Minus verringert, was Sie schulden.",
		"page":       "Seite %d von %d",

		"you_owe": "Offen", "on_day": "am %s", "past_due": "Überfällig", "nothing_past_due": "Nichts", "since": "seit %s",
		"next_payment": "Nächste Rate", "due_day": "am %s", "no_payment": "Keine", "payoff_card": "Vollständige Rückzahlung",

		"note_past_due":    "%s sind seit dem %s fällig und noch nicht bezahlt. Wenn Sie nicht sofort zahlen können, sprechen Sie bitte mit uns: Wir suchen gemeinsam einen Weg.",
		"note_settled":     "Dieser Kredit ist vollständig zurückgezahlt. Vielen Dank.",
		"note_overpaid":    "Dieser Kredit ist vollständig zurückgezahlt, und %s von Ihrem Geld sind übrig. Bitte sagen Sie uns, wohin wir es überweisen dürfen.",
		"note_charged_off": "Wir haben diesen Kredit aus unseren Büchern genommen. Der hier gezeigte Betrag bleibt offen, und jede Zahlung verringert ihn. Bitte sprechen Sie mit uns über einen Weg, der für Sie passt.",
		"note_recovered":   "Wir haben diesen Kredit aus unseren Büchern genommen, und Sie haben alles zurückgezahlt, was wir herausgenommen hatten. Was hier noch als offen steht, verlangen wir nicht von Ihnen.",
		"note_left_over":   "%s von Ihrem Geld sind übrig. Bitte sagen Sie uns, wohin wir es überweisen dürfen.",
		"note_written_off": "Dieser Kredit ist abgeschlossen. Wir verlangen keine Zahlungen mehr.",
		"note_restated":    "Damals waren zu Beginn dieses Zeitraums %s offen. Seither wurde etwas von einem früheren Tag bekannt, deshalb sind es nun %s.",

		"balances": "Salden", "opening": "Zu Beginn des %s", "movement": "Veränderung", "closing": "Am Ende des %s",
		"principal": "Kapital", "interest": "Zinsen", "fees": "Gebühren", "penalties": "Verzugskosten", "owed": "Insgesamt offen", "credit": "Ihr Guthaben",
		"credit_note": "Ihr Guthaben ist Ihr Geld bei uns. Es ist hier nicht abgezogen; es bezahlt, was als Nächstes fällig wird.",

		"history": "Was geschah", "value_date": "Wertstellung", "posted_on": "Gebucht am", "what": "Vorgang", "amount": "Betrag", "balance": "Saldo",
		"opening_row": "Anfangssaldo", "closing_row": "Endsaldo", "nothing_happened": "In dieser Zeit ist nichts geschehen.",
		"late": "nachgebucht", "reversed": "storniert am %s", "until": "bis %s", "target": "zu %s",

		"kind_booking": "Auszahlung", "kind_fee": "Gebühr", "kind_penalty": "Verzugskosten", "kind_repayment": "Zahlung", "kind_reversal": "Storno",
		"kind_chargeback": "Rücklastschrift", "kind_waiver": "Erlass", "kind_goodwill": "Kulanz", "kind_prepay": "Sondertilgung",
		"kind_settle": "Vorzeitige Ablösung", "kind_refund": "Erstattung an Sie", "kind_pause": "Zahlungspause", "kind_restructure": "Neue Bedingungen",
		"kind_charge_off": "Aus den Büchern genommen", "kind_write_off": "Ausgebucht", "kind_recovery": "Zahlung",
		"kind_release": "Zahlung, zugeordnet", "kind_disburse": "Weitere Auszahlung", "kind_accrual": "Zinsen und Kosten", "kind_interest": "Zinsen",
		"kind_credit_applied": "Guthaben verwendet",

		"next_dues": "Was als Nächstes fällig wird", "number": "Nr.", "due_on": "Fällig am", "no_dues": "Es wird nichts mehr fällig.",
		"to_pay": "Zu zahlen",
		"payoff": "Was eine vollständige Rückzahlung kostet", "payoff_on": "Zurückgezahlt am %s", "interest_earned": "Zinsen bis zu diesem Tag", "settlement_fee": "Entschädigung für die vorzeitige Ablösung",
		"less_credit": "Abzüglich Ihres Guthabens", "payoff_amount": "Zu zahlen", "later": "Wenn Sie später zahlen", "payoff_note": "Diese Beträge gelten, solange auf dem Kreditkonto sonst nichts geschieht.",
		"year": "Summen %d", "charged": "Berechnet", "paid": "Gezahlt", "paid_written_off": "Nach der Ausbuchung", "total": "Insgesamt",

		"terms": "Ihr Vertrag", "terms_in_force": "Jetzt geltende Bedingungen", "product": "Produkt", "borrowed": "Kreditbetrag", "base": "Betrag", "rate": "Sollzins pro Jahr", "method": "Rückzahlung",
		"day_count": "Zinstage nach", "installments": "Raten", "frequency": "Fällig", "fee_each": "Gebühr mit jeder Rate", "level": "Regelmäßige Rate",
		"disbursed_on": "Ausgezahlt am", "agreed_on": "Gültig ab", "first_due_on": "Erste Rate am", "last_due_on": "Letzte Rate am",
		"method_annuity": "Gleiche Raten", "method_equal_principal": "Gleiche Tilgung", "method_interest_only": "Nur Zinsen, Kapital am Ende",
		"method_lump_sum": "Eine Zahlung am Ende", "method_flat": "Zinsen auf den Kreditbetrag", "method_zero": "Ohne Zinsen",
		"method_capitalized": "Zinsen werden Kapital", "every_month": "jeden Monat", "every_months": "alle %d Monate", "every_days": "alle %d Tage", "on_days": "am %s. jedes Monats",
	},
}
