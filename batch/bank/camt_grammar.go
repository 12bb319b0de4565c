package bank

// An element is one of camt.053 that is read, with those in it; all others are passed over
// with what they hold. Versions differ in what they wrap: both ways stand here.
type element struct {
	name string
	kids []*element
	kind elementKind
	keep item53 // what its text is, if it is kept
}

// An elementKind is what is done where an element begins and ends.
type elementKind uint8

const (
	kindOther elementKind = iota
	kindMessage
	kindStatement
	kindAccount
	kindBalance
	kindEntry
	kindDetails
	kindDetail
	kindReturn
	kindCharges
)

// An item53 is a text that an item keeps.
type item53 uint8

const (
	keepNothing item53 = iota

	keepID // of a statement
	keepElectronicNumber
	keepLegalNumber
	keepPage
	keepIBAN
	keepOtherAccount
	keepCurrency

	keepBalanceType // of a balance
	keepDate

	keepAmount // of a balance, an entry, a detail
	keepSign

	keepStatus // of an entry
	keepReversal
	keepBookingDate
	keepValueDate
	keepEntryReference
	keepAdditional
	keepBatch

	keepTransactionAmount // of a detail
	keepEndToEnd
	keepInstruction
	keepPayment
	keepTransaction
	keepCreditorReference
	keepUnstructured
	keepReason

	keepServicerReference // of an entry or a detail
	keepDomain
	keepFamily
	keepSubFamily
	keepProprietary
	keepChargesTotal
	keepCharge

	items53
)

func in(name string, kids ...*element) *element { return &element{name: name, kids: kids} }

func kept(name string, keep item53, kids ...*element) *element {
	return &element{name: name, keep: keep, kids: kids}
}

func of(kind elementKind, name string, kids ...*element) *element {
	return &element{name: name, kind: kind, kids: kids}
}

// dated is an element with a date in it, or a date and time.
func dated(name string, keep item53) *element { return in(name, kept("Dt", keep), kept("DtTm", keep)) }

var transactionCode = in("BkTxCd",
	in("Domn", kept("Cd", keepDomain), in("Fmly", kept("Cd", keepFamily), kept("SubFmlyCd", keepSubFamily))),
	in("Prtry", kept("Cd", keepProprietary)))

var charges = of(kindCharges, "Chrgs",
	kept("TtlChrgsAndTaxAmt", keepChargesTotal),
	kept("Amt", keepCharge), // version 2 has no Rcrd
	in("Rcrd", kept("Amt", keepCharge)))

var detail = of(kindDetail, "TxDtls",
	in("Refs",
		kept("EndToEndId", keepEndToEnd), kept("AcctSvcrRef", keepServicerReference), kept("PmtInfId", keepPayment),
		kept("InstrId", keepInstruction), kept("TxId", keepTransaction)),
	kept("Amt", keepAmount),
	kept("CdtDbtInd", keepSign),
	in("AmtDtls", in("TxAmt", kept("Amt", keepTransactionAmount))),
	transactionCode,
	charges,
	in("RmtInf",
		kept("Ustrd", keepUnstructured),
		in("Strd", in("CdtrRefInf", kept("Ref", keepCreditorReference)))),
	of(kindReturn, "RtrInf", in("Rsn", kept("Cd", keepReason), kept("Prtry", keepReason))))

var entry53 = of(kindEntry, "Ntry",
	kept("Amt", keepAmount),
	kept("CdtDbtInd", keepSign),
	kept("Sts", keepStatus, kept("Cd", keepStatus)),
	dated("BookgDt", keepBookingDate),
	dated("ValDt", keepValueDate),
	kept("NtryRef", keepEntryReference),
	kept("AcctSvcrRef", keepServicerReference),
	kept("RvslInd", keepReversal),
	transactionCode,
	charges,
	of(kindDetails, "NtryDtls", in("Btch", kept("PmtInfId", keepBatch)), detail),
	kept("AddtlNtryInf", keepAdditional))

var message = of(kindMessage, "BkToCstmrStmt",
	of(kindStatement, "Stmt",
		entry53,
		kept("Id", keepID),
		kept("ElctrncSeqNb", keepElectronicNumber),
		kept("LglSeqNb", keepLegalNumber),
		in("StmtPgntn", kept("PgNb", keepPage)),
		of(kindAccount, "Acct",
			in("Id", kept("IBAN", keepIBAN), in("Othr", kept("Id", keepOtherAccount))),
			kept("Ccy", keepCurrency)),
		of(kindBalance, "Bal",
			in("Tp", in("CdOrPrtry", kept("Cd", keepBalanceType))),
			kept("Amt", keepAmount),
			kept("CdtDbtInd", keepSign),
			dated("Dt", keepDate))))

// outside is any element around the message.
var outside = &element{}

// kid returns the element of a name in another, if it is read there.
func (e *element) kid(name []byte) *element {
	for _, kid := range e.kids {
		if string(name) == kid.name {
			return kid
		}
	}
	return nil
}
