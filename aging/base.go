package aging

// How a loan stood at the base of a night: the last close of an earlier calendar month.
const (
	BaseNew uint8 = iota // not in the book
	BaseOn               // on the book
	BaseOff              // off it
)

// A Base is what the base of a night said of the loans of a batch of [Facts], row by row, in
// tonight's codes and at the scale of the facts. It is not published.
type Base struct {
	State  []uint8  // BaseNew, BaseOn, BaseOff
	Bucket []uint16 // tonight's that holds the days of the loan's then; NoCode: it had none
	// Class is by pack of tonight's policy: its class of the same name; NoCode where the
	// pack, or the class, is new since.
	Class [PacksMax][]uint16
	// Of a loan that was on the book: total outstanding, what of it was carried, and what was
	// paid to instalments and charges so far.
	Total, Carrying, Paid []int64
	// ChargedOff and Recovered are over the loan's life, on the book or off it.
	ChargedOff, Recovered []int64
	Provision             [PacksMax][]int64 // by pack of tonight's policy
}

// grow sizes each column.
func (b *Base) grow(rows int) {
	column := 0
	b.State, b.Bucket = sized(b.State, rows, 1, &column), sized(b.Bucket, rows, 2, &column)
	for _, list := range [...]*[]int64{&b.Total, &b.Carrying, &b.Paid, &b.ChargedOff, &b.Recovered} {
		*list = sized(*list, rows, 8, &column)
	}
	for i := range PacksMax {
		b.Class[i], b.Provision[i] = sized(b.Class[i], rows, 2, &column), sized(b.Provision[i], rows, 8, &column)
	}
}
