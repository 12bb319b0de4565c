package statement

var spanish = Texts{
	Months: [...]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
	words: map[string]string{
		"title": "Estado de cuenta", "loan": "Préstamo", "from_to": "%s a %s",
		"lead":       "Qué ha pasado con su préstamo en este tiempo, cuánto debe y cuánto cuesta cancelarlo por completo.",
		"known_now":  "Con todo lo que saben nuestros libros al cierre del %s.",
		"known_then": "Tal como figuraba en nuestros libros al cierre del %s.",
		"amounts_in": "Importes en %s. Un importe con signo menos reduce lo que usted debe.",
		"page":       "Página %d de %d",

		"you_owe": "Usted debe", "on_day": "el %s", "past_due": "Vencido", "nothing_past_due": "Nada", "since": "desde el %s",
		"next_payment": "Próximo pago", "due_day": "el %s", "no_payment": "Ninguno", "payoff_card": "Para cancelarlo todo",

		"note_past_due":    "%s vencieron el %s y aún no están pagados. Si no puede pagarlos de una vez, hable con nosotros: buscaremos juntos una solución.",
		"note_settled":     "Este préstamo está pagado por completo. Muchas gracias.",
		"note_overpaid":    "Este préstamo está pagado por completo y sobran %s de su dinero. Díganos, por favor, adónde podemos enviárselo.",
		"note_charged_off": "Hemos dado de baja este préstamo en nuestros libros. Usted sigue debiendo el saldo que aquí se muestra, y cada pago lo reduce. Hable con nosotros sobre una forma de pago que le convenga.",
		"note_recovered":   "Hemos dado de baja este préstamo en nuestros libros y usted ha devuelto todo lo que dimos de baja. No le pedimos que pague lo que aquí todavía figura como pendiente.",
		"note_left_over":   "Sobran %s de su dinero. Díganos, por favor, adónde podemos enviárselo.",
		"note_written_off": "Este préstamo está cerrado. No pedimos más pagos.",
		"note_restated":    "En su momento se debían %s al comienzo de este período. Desde entonces se ha sabido algo de un día anterior, y ahora son %s.",

		"balances": "Saldos", "opening": "Al comienzo del %s", "movement": "Variación", "closing": "Al final del %s",
		"principal": "Capital", "interest": "Intereses", "fees": "Comisiones", "penalties": "Recargos", "owed": "Total adeudado", "credit": "Saldo a su favor",
		"credit_note": "El saldo a su favor es dinero suyo que tenemos nosotros. Aquí no se descuenta de lo que debe; paga lo próximo que venza.",

		"history": "Movimientos", "value_date": "Fecha valor", "posted_on": "Registrado", "what": "Concepto", "amount": "Importe", "balance": "Saldo",
		"opening_row": "Saldo inicial", "closing_row": "Saldo final", "nothing_happened": "No ha pasado nada en este tiempo.",
		"late": "llegó tarde", "reversed": "anulado el %s", "until": "hasta el %s", "target": "de %s",

		"kind_booking": "Entrega del préstamo", "kind_fee": "Comisión", "kind_penalty": "Recargo", "kind_repayment": "Pago", "kind_reversal": "Anulación",
		"kind_chargeback": "Pago devuelto", "kind_waiver": "Condonación", "kind_goodwill": "Atención comercial", "kind_prepay": "Pago anticipado",
		"kind_settle": "Cancelación anticipada", "kind_refund": "Devolución a usted", "kind_pause": "Pausa de pagos", "kind_restructure": "Nuevas condiciones",
		"kind_charge_off": "Baja en nuestros libros", "kind_write_off": "Saldo condonado", "kind_recovery": "Pago",
		"kind_release": "Pago asignado", "kind_disburse": "Nueva entrega", "kind_accrual": "Intereses y cargos", "kind_interest": "Intereses",
		"kind_credit_applied": "Uso de su saldo",

		"next_dues": "Próximos vencimientos", "number": "N.º", "due_on": "Vence el", "no_dues": "No vence nada más.",
		"to_pay": "A pagar",
		"payoff": "Cuánto cuesta cancelar el préstamo", "payoff_on": "Cancelado el %s", "interest_earned": "Intereses hasta ese día", "settlement_fee": "Comisión por cancelación anticipada",
		"less_credit": "Menos el saldo a su favor", "payoff_amount": "Importe a pagar", "later": "Si paga más tarde", "payoff_note": "Estos importes valen mientras no pase nada más con el préstamo.",
		"year": "Totales de %d", "charged": "Cargado", "paid": "Pagado", "paid_written_off": "Tras condonar el saldo", "total": "En total",

		"terms": "Su contrato", "terms_in_force": "Condiciones vigentes", "product": "Producto", "borrowed": "Importe prestado", "base": "Importe", "rate": "Interés anual", "method": "Devolución",
		"day_count": "Cómputo de días", "installments": "Cuotas", "frequency": "Vencimiento", "fee_each": "Comisión por cuota", "level": "Cuota regular",
		"disbursed_on": "Entregado el", "agreed_on": "Vigente desde", "first_due_on": "Primera cuota", "last_due_on": "Última cuota",
		"method_annuity": "Cuotas iguales", "method_equal_principal": "Capital en partes iguales", "method_interest_only": "Solo intereses, capital al final",
		"method_lump_sum": "Un solo pago al final", "method_flat": "Intereses sobre el importe prestado", "method_zero": "Sin intereses",
		"method_capitalized": "Los intereses se suman al capital", "every_month": "cada mes", "every_months": "cada %d meses", "every_days": "cada %d días", "on_days": "los días %s de cada mes",
	},
}
