package erp

import (
	"strconv"

	"daybook/ledger"
)

// writeSAFT writes the skeleton of the OECD's Standard Audit File for Tax 2.00: a file for
// each currency, in whose accounts all of its amounts are. What national schemas ask for
// beside it is not there.
func writeSAFT(w *writer) {
	x := &elements{w: w}
	w.line = append(w.line, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"...)
	x.open("AuditFile", `xmlns="urn:OECD:StandardAuditFile-Tax:2.00"`)
	w.saftHeader(x)
	x.open("MasterFiles")
	w.saftAccounts(x)
	x.close("MasterFiles")
	w.saftEntries(x)
	x.close("AuditFile")
	w.end()
}

func (w *writer) saftHeader(x *elements) {
	x.open("Header")
	x.leaf("AuditFileVersion", "2.00")
	x.leaf("AuditFileDateCreated", w.x.To.String())
	x.leaf("SoftwareCompanyName", "Daybook")
	x.leaf("SoftwareID", "daybook gl")
	x.leaf("SoftwareVersion", strconv.Itoa(w.x.Settings.Form))
	x.open("Company")
	x.leaf("RegistrationNumber", w.x.Settings.Company)
	x.leaf("Name", w.x.Settings.Company)
	x.close("Company")
	x.leaf("DefaultCurrencyCode", w.Totals[0].Currency)
	x.open("SelectionCriteria")
	x.leaf("SelectionStartDate", w.x.From.String())
	x.leaf("SelectionEndDate", w.x.To.String())
	x.close("SelectionCriteria")
	x.leaf("HeaderComment", "GL export "+Reference(w.x.Number))
	x.close("Header")
}

// saftTypes are the types of accounts as SAF-T names them.
var saftTypes = map[ledger.Type]string{
	ledger.Asset: "Asset", ledger.Liability: "Liability", ledger.Income: "Income", ledger.Expense: "Expense", ledger.Memo: "Memo",
}

// saftAccounts writes the accounts with their balances before and after the range.
func (w *writer) saftAccounts(x *elements) {
	x.open("GeneralLedgerAccounts")
	currency := w.entries[0].currency
	for r := range w.x.Settings.Accounts {
		a := &w.x.Settings.Accounts[r]
		if a.Left || w.x.first(a.Code) != uint8(r) {
			continue
		}
		var opening, closing int64
		for _, b := range w.x.Balances {
			if o := &w.x.Settings.Accounts[b.Role]; b.Currency == currency && !o.Left && o.Code == a.Code {
				opening, closing = opening+b.Opening, closing+b.Closing
			}
		}
		x.open("Account")
		x.leaf("AccountID", a.Code)
		x.leaf("AccountDescription", a.Name)
		x.leaf("AccountType", saftTypes[a.Type])
		w.saftBalance(x, "Opening", opening)
		w.saftBalance(x, "Closing", closing)
		x.close("Account")
	}
	x.close("GeneralLedgerAccounts")
}

// saftBalance writes a balance on its side.
func (w *writer) saftBalance(x *elements, which string, balance int64) {
	currency := w.entries[0].currency
	if balance < 0 {
		x.leaf(which+"CreditBalance", w.amount(currency, -balance))
		return
	}
	x.leaf(which+"DebitBalance", w.amount(currency, balance))
}

func (w *writer) saftEntries(x *elements) {
	t := &w.Totals[0]
	x.open("GeneralLedgerEntries")
	x.leaf("NumberOfEntries", strconv.FormatInt(t.Entries, 10))
	x.leaf("TotalDebit", w.amount(w.entries[0].currency, t.Debits))
	x.leaf("TotalCredit", w.amount(w.entries[0].currency, t.Credits))
	x.open("Journal")
	x.leaf("JournalID", "DAYBOOK")
	x.leaf("Description", "Loans")
	x.leaf("Type", "GL")
	for i := range w.entries {
		w.saftTransaction(x, &w.entries[i])
	}
	x.close("Journal")
	x.close("GeneralLedgerEntries")
}

func (w *writer) saftTransaction(x *elements, e *entry) {
	x.open("Transaction")
	x.leaf("TransactionID", e.id)
	x.leaf("Period", monthNumber(e.date))
	x.leaf("PeriodYear", year(e.date))
	x.leaf("TransactionDate", e.date.String())
	x.leaf("Description", w.title(e))
	x.leaf("BatchID", Reference(w.x.Number))
	x.leaf("SystemEntryDate", e.date.String())
	x.leaf("GLPostingDate", e.date.String())
	for i := range e.lines {
		l := &e.lines[i]
		side := "DebitAmount"
		if l.credit {
			side = "CreditAmount"
		}
		x.open("Line")
		x.leaf("RecordID", strconv.Itoa(i+1))
		x.leaf("AccountID", w.account(l).Code)
		if l.center != "" {
			x.open("Analysis")
			x.leaf("AnalysisType", "CostCenter")
			x.leaf("AnalysisID", l.center)
			x.close("Analysis")
		}
		x.leaf("Description", w.describe(e, l))
		x.open(side)
		x.leaf("Amount", w.amount(e.currency, l.amount))
		x.close(side)
		x.close("Line")
	}
	x.close("Transaction")
	w.end()
}
