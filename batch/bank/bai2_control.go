package bank

import (
	"daybook/ledger/money"
)

// A level is what a control is checked against.
type level struct {
	open    bool
	sum     money.Amount // of all amounts of 03, 16 and 88, as written; not of availabilities
	records int          // with its own first and last
	members int          // groups of the file, accounts of a group
}

var levelNames = [levels]string{"file", "group", "account"}

// What begins and ends each level.
var levelRecords = [levels]struct{ begin, end string }{
	{recordFile, recordFileEnd}, {recordGroup, recordGroupEnd}, {recordAccount, recordAccountEnd},
}

// enter checks that a record may stand where it does, and counts it.
func (b *bai2) enter(code string) {
	for i, records := range levelRecords {
		switch code {
		case records.begin:
			if i > 0 && !b.levels[i-1].open {
				b.wrong(codeSyntax, "the record %s stands in no %s", code, levelNames[i-1])
			}
			b.leave(i)
			b.levels[i] = level{open: true}
		case records.end:
			if i+1 < levels {
				b.leave(i + 1)
			}
			if !b.levels[i].open {
				b.wrong(codeSyntax, "the record %s ends no %s", code, levelNames[i])
			}
		}
	}
	if code == recordTransaction && !b.levels[levelAccount].open {
		b.wrong(codeSyntax, "the record %s stands in no account", code)
	}
	b.count()
}

// leave leaves a level, and those within it, that have no end.
func (b *bai2) leave(from int) {
	for i := levels - 1; i >= from; i-- {
		if b.levels[i].open {
			b.wrong(codeControl, "the %s before has no record %s", levelNames[i], levelRecords[i].end)
		}
		b.levels[i] = level{}
	}
	b.st = nil
}

func (b *bai2) count() {
	for i := range b.levels {
		if b.levels[i].open {
			b.levels[i].records++
		}
	}
}

func (b *bai2) sum(i int, amount money.Amount) {
	l := &b.levels[i]
	if l.sum += amount; max(l.sum, -l.sum) > sumMax {
		b.wrong(codeLarge, "the %s's amounts sum to more than %d minor units", levelNames[i], sumMax)
		l.sum = 0
	}
}

// control checks a level's end against what the level has, and closes it.
func (b *bai2) control() {
	r, i := &b.record, levelAccount
	for levelRecords[i].end != r.code {
		i--
	}
	l := b.levels[i]
	if !l.open {
		return
	}
	b.compare(i, 0, "total", int64(l.sum))
	if i == levelAccount {
		b.compare(i, 1, "number of records", int64(l.records))
	} else {
		b.compare(i, 1, "number of "+levelNames[i+1]+"s", int64(l.members))
		b.compare(i, 2, "number of records", int64(l.records))
	}
	b.levels[i] = level{}
	if i > 0 {
		b.levels[i-1].members++
		b.sum(i-1, l.sum)
	}
	if i == levelAccount && b.st != nil {
		b.file.end()
	}
}

func (b *bai2) compare(i, field int, what string, is int64) {
	said, ok := parseCount(b.record.field(field))
	switch {
	case !ok:
		b.wrong(codeControl, "the %s's end has no %s", levelNames[i], what)
	case said != is:
		b.wrong(codeControl, "the %s's %s is said to be %d and is %d", levelNames[i], what, said, is)
	}
}
