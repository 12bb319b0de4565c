package book

import (
	"fmt"
	"slices"

	"daybook/aging/classify"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/civil"
)

// Classes returns how loans are classified on a date, by the packs of the policies; where
// its policy has none, their days are counted all the same. The names learn the holds of its packs. previous is the last
// close before it, or civil.None.
func (n *Names) Classes(policies *policy.Set, date, previous civil.Date) (*night.Classes, error) {
	now := policies.At(date)
	c := &night.Classes{Bare: previous != civil.None && !n.Counted}
	n.Counted = true
	c.Flags = slices.Clone(now.Flags)
	list := policies.Policies()
	list = list[:slices.Index(list, now)+1]
	for i, p := range list {
		v, err := n.version(list[i:], &c.Flags)
		if err != nil {
			return nil, err
		}
		if v.Until = civil.Max; p != now {
			v.Until = list[i+1].EffectiveFrom - 1
		}
		c.Versions = append(c.Versions, v)
	}
	if previous != civil.None {
		before := policies.At(previous)
		for _, p := range now.Packs {
			c.New = c.New || packOf(before, p.Name) == nil
		}
		c.Keeps = now.AtMonthEnd && before.AtMonthEnd && (previous+1).MonthEnd() > date && samePacks(before, now)
	}
	c.AtMonthEnd = now.AtMonthEnd
	n.nameHolds(c)
	c.Late, c.Posted = lateOf(now), now.Post+1
	for _, x := range now.Packs {
		c.Settled = append(c.Settled, settled(now, x))
	}
	c.Prepare(date)
	return c, nil
}

// samePacks reports whether two policies have packs of the same names in the same order: what is
// kept of them goes by their places.
func samePacks(a, b *policy.Policy) bool {
	return slices.EqualFunc(a.Packs, b.Packs, func(x, y *classify.Pack) bool { return x.Name == y.Name })
}

// packOf returns a policy's pack by its name, or nil.
func packOf(p *policy.Policy, name string) *classify.Pack {
	for _, x := range p.Packs {
		if x.Name == name {
			return x
		}
	}
	return nil
}

// version returns the packs of the first of some policies as those of the last are heard: of a pack that it has not,
// the holds of the first that has it, as the night read them on which it came. All read flags by the same bits.
func (n *Names) version(list []*policy.Policy, flags *[]string) (v classify.Version, err error) {
	p, now := list[0], list[len(list)-1]
	var packs []*classify.Pack
	for _, x := range now.Packs {
		at := slices.IndexFunc(list, func(p *policy.Policy) bool { return packOf(p, x.Name) != nil })
		if list[at] == now {
			packs = append(packs, x)
			continue
		}
		packs = append(packs, packOf(list[at], x.Name).WithFlags(bitsOf(list[at], flags)))
	}
	if len(*flags) > 64 {
		return v, fmt.Errorf("the packs of the book's policies name more than 64 flags: name fewer in those of %s", now.Name)
	}
	v.Set = classify.NewSet(packs)
	for _, name := range n.Products {
		s := classify.Subject{Product: -1}
		if i, ok := p.Product(name); ok && i < len(p.Subjects) {
			s = p.Subjects[i]
		}
		v.Subjects = append(v.Subjects, s)
	}
	for _, code := range n.Currencies {
		v.Material = append(v.Material, classify.Materiality{Amount: int64(p.Materiality.Amounts[code]), Share: int64(p.Materiality.Share)})
	}
	return v, nil
}

// bitsOf returns the bit of each flag of a policy; those that have none yet get the next.
func bitsOf(p *policy.Policy, flags *[]string) []uint8 {
	bits := make([]uint8, len(p.Flags))
	for i, name := range p.Flags {
		k := slices.Index(*flags, name)
		if k < 0 {
			k = len(*flags)
			*flags = append(*flags, name)
		}
		bits[i] = uint8(k)
	}
	return bits
}

// nameHolds gives the holds of tonight's packs codes.
func (n *Names) nameHolds(c *night.Classes) {
	for _, name := range c.Set().Holds() {
		k := slices.Index(n.Holds, name)
		if k < 0 {
			k = len(n.Holds)
			n.Holds = append(n.Holds, name)
		}
		c.Codes = append(c.Codes, uint16(k))
	}
	c.Slots = make([]int, len(n.Holds))
	for i := range c.Slots {
		c.Slots[i] = -1
	}
	for slot, code := range c.Codes {
		c.Slots[code] = slot
	}
}

// lateOf says of which packs a loan's class may be another loan's doing; nil where of none.
func lateOf(p *policy.Policy) (late []bool) {
	late = make([]bool, len(p.Packs))
	any := false
	for i, x := range p.Packs {
		late[i] = x.Borrowed(p.Subjects)
		any = any || late[i]
	}
	if !any {
		return nil
	}
	// What is posted, and the column classification, follow the others: tables have both
	// together.
	if p.Post >= 0 {
		late[p.Post] = true
	}
	if i := classify.Filling(p.Packs, classify.FillsClassification); i >= 0 {
		late[i] = true
	}
	// So do the tables of supervisors: a loan has its class and its allowance there together.
	s := classify.Supervise(p.Packs, p.Post)
	for i := range p.Packs {
		late[i] = late[i] || s.Has(i)
	}
	return late
}

// settled reports whether what posting says of a loan under a pack is never changed by another loan: neither tonight nor
// by what an earlier night has kept.
func settled(p *policy.Policy, x *classify.Pack) bool {
	return !x.Borrowed(p.Subjects) && !p.AtMonthEnd
}

// FlagBits returns the bit of each flag that packs read, those of policies before among them: the days that were theirs
// are told by them.
func FlagBits(c *night.Classes) map[string]uint8 {
	if c == nil {
		return nil
	}
	bits := make(map[string]uint8, len(c.Flags))
	for i, name := range c.Flags {
		bits[name] = uint8(i)
	}
	return bits
}
