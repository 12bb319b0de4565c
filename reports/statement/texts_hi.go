package statement

var hindi = Texts{
	Months: [...]string{"जन॰", "फ़र॰", "मार्च", "अप्रैल", "मई", "जून", "जुल॰", "अग॰", "सित॰", "अक्तू॰", "नव॰", "दिस॰"},
	words: map[string]string{
		"title": "खाता विवरण", "loan": "ऋण", "from_to": "%s से %s",
		"lead":       "इस अवधि में आपके ऋण पर क्या हुआ, कितना बकाया है और पूरा चुकाने में कितना लगेगा।",
		"known_now":  "%s के दिन के अंत तक हमारी बही में ज्ञात सब कुछ शामिल है।",
		"known_then": "%s के दिन के अंत में हमारी बही में जैसा था।",
		"amounts_in": "राशियाँ %s में। ऋण चिह्न वाली राशि आपका बकाया घटाती है।",
		"page":       "पृष्ठ %d / %d",

		"you_owe": "आपका बकाया", "on_day": "%s को", "past_due": "देय तिथि के बाद", "nothing_past_due": "कुछ नहीं", "since": "%s से",
		"next_payment": "अगली किस्त", "due_day": "%s को", "no_payment": "कोई नहीं", "payoff_card": "पूरा चुकाने के लिए",

		"note_past_due":    "%s की राशि %s से देय है और अभी चुकाई नहीं गई है। यदि आप इसे एक साथ नहीं चुका सकते, तो कृपया हमसे बात करें: हम मिलकर रास्ता निकालेंगे।",
		"note_settled":     "यह ऋण पूरा चुका दिया गया है। धन्यवाद।",
		"note_overpaid":    "यह ऋण पूरा चुका दिया गया है और आपके %s शेष हैं। कृपया बताएँ कि हम इसे कहाँ भेजें।",
		"note_charged_off": "हमने यह ऋण अपनी बही से हटा दिया है। यहाँ दिखाया गया बकाया अब भी देय है और हर भुगतान इसे घटाता है। कृपया अपने लिए सुविधाजनक भुगतान के बारे में हमसे बात करें।",
		"note_written_off": "यह ऋण बंद है। हम और भुगतान नहीं माँगते।",
		"note_restated":    "उस समय इस अवधि के आरंभ में %s बकाया था। उसके बाद किसी पहले के दिन की बात ज्ञात हुई, इसलिए अब यह %s है।",

		"balances": "शेष", "opening": "%s के आरंभ में", "movement": "बदलाव", "closing": "%s के अंत में",
		"principal": "मूलधन", "interest": "ब्याज", "fees": "शुल्क", "penalties": "दंड", "owed": "कुल बकाया", "credit": "आपकी जमा राशि",
		"credit_note": "जमा राशि हमारे पास आपका धन है। इसे यहाँ बकाया से घटाया नहीं गया है; यह आगे देय होने वाली राशि चुकाएगी।",

		"history": "क्या हुआ", "value_date": "मूल्य तिथि", "posted_on": "दर्ज तिथि", "what": "विवरण", "amount": "राशि", "balance": "शेष",
		"opening_row": "आरंभिक शेष", "closing_row": "अंतिम शेष", "nothing_happened": "इस अवधि में कुछ नहीं हुआ।",
		"late": "देर से दर्ज", "reversed": "%s को रद्द", "until": "%s तक", "target": "%s का",

		"kind_booking": "ऋण वितरण", "kind_fee": "शुल्क", "kind_penalty": "दंड", "kind_repayment": "भुगतान", "kind_reversal": "रद्द करना",
		"kind_chargeback": "भुगतान वापस", "kind_waiver": "छूट", "kind_goodwill": "सद्भावना भुगतान", "kind_prepay": "अग्रिम भुगतान",
		"kind_settle": "समय से पहले समापन", "kind_refund": "आपको वापसी", "kind_pause": "भुगतान में विराम", "kind_restructure": "नई शर्तें",
		"kind_charge_off": "बही से हटाया गया", "kind_write_off": "बट्टे खाते में", "kind_recovery": "भुगतान",
		"kind_release": "भुगतान, जोड़ा गया", "kind_disburse": "और वितरण", "kind_accrual": "ब्याज और शुल्क", "kind_interest": "ब्याज",
		"kind_credit_applied": "जमा राशि का उपयोग",

		"next_dues": "आगे क्या देय है", "number": "क्र॰", "due_on": "देय तिथि", "no_dues": "आगे कुछ देय नहीं है।",
		"to_pay": "देय राशि",
		"payoff": "पूरा चुकाने में कितना लगेगा", "payoff_on": "%s को चुकाने पर", "interest_earned": "उस दिन तक का ब्याज", "settlement_fee": "समय से पहले चुकाने का शुल्क",
		"less_credit": "आपकी जमा राशि घटाकर", "payoff_amount": "चुकाने की राशि", "later": "यदि बाद में चुकाएँ", "payoff_note": "ये राशियाँ तब तक मान्य हैं जब तक ऋण पर और कुछ न हो।",
		"year": "%d का योग", "charged": "लगाया गया", "paid": "चुकाया गया", "total": "कुल",

		"terms": "आपका अनुबंध", "terms_in_force": "अब लागू शर्तें", "product": "उत्पाद", "borrowed": "ऋण राशि", "base": "राशि", "rate": "वार्षिक ब्याज", "method": "चुकाने का तरीका",
		"day_count": "दिनों की गणना", "installments": "किस्तें", "frequency": "देय", "fee_each": "हर किस्त के साथ शुल्क", "level": "नियमित किस्त",
		"disbursed_on": "वितरण तिथि", "agreed_on": "लागू तिथि", "first_due_on": "पहली किस्त", "last_due_on": "अंतिम किस्त",
		"method_annuity": "बराबर किस्तें", "method_equal_principal": "मूलधन के बराबर भाग", "method_interest_only": "केवल ब्याज, मूलधन अंत में",
		"method_lump_sum": "अंत में एक भुगतान", "method_flat": "ऋण राशि पर ब्याज", "method_zero": "बिना ब्याज",
		"method_capitalized": "ब्याज मूलधन में जुड़ता है", "every_month": "हर महीने", "every_months": "हर %d महीने", "every_days": "हर %d दिन", "on_days": "हर महीने की %s तारीख़",
	},
}
