package charts

import (
	"fmt"
	"slices"
	"strings"
)

// classCharts draws the classes of each pack: the share of the balance, those of non-performing
// classes hatched. Where no pack has any, the table classification.
func classCharts(n *Night, currency string) []*chart {
	c := &chart{id: "classes", title: "Classes", note: "share of what is outstanding", file: "regulatory/classification_by_pack.csv",
		head: []string{"Pack", "Class", "Loans", "Balance", "Share", "Non-performing", "Allowance"}, texts: 2}
	s := n.sheet("classification_by_pack", "pack", "currency", "class", "loans", "balance", "share", "non_performing", "allowance",
		"npl_ratio", "coverage", "illustrative")
	class, illustrative := "class", true
	if len(s.of(currency)) == 0 {
		s, class, illustrative = n.sheet("classification", "currency", "tier", "loans", "balance", "share", "non_performing", "allowance",
			"npl_ratio", "coverage"), "tier", false
		c.file, c.head, c.texts = "regulatory/classification.csv", c.head[1:], 1
	}
	rows := s.of(currency)
	if len(rows) == 0 {
		return nil
	}
	if illustrative {
		c.note += ", under each pack"
	}
	var list []bar
	var said []string
	for _, group := range grouped(rows, func(i int) string {
		if illustrative {
			return s.text(i, "pack")
		}
		return ""
	}) {
		if len(said) == packsMax {
			c.more = "Not all packs are drawn."
			break
		}
		classes := group.rows
		var head bar
		if k := slices.IndexFunc(classes, func(i int) bool { return s.text(i, class) == "total" }); k >= 0 {
			total := classes[k]
			classes = slices.Delete(slices.Clone(classes), k, k+1)
			head = bar{heading: true, label: words(group.name), value: "NPL " + percent(s.amount(total, "npl_ratio"))}
			if !s.null(total, "coverage") {
				head.value += ", coverage " + percent(s.amount(total, "coverage"))
			}
			if illustrative && s.amount(total, "illustrative") != 0 {
				head.label += " (illustrative)"
			}
			list = append(list, head)
		}
		if len(classes) > classesMax {
			c.more = fmt.Sprintf("Of a pack the first %d classes are drawn.", classesMax)
			classes = classes[:classesMax]
		}
		said = append(said, strings.TrimSpace(head.label+" "+head.value))
		for _, i := range classes {
			bad := s.amount(i, "non_performing") != 0
			b := bar{label: words(s.text(i, class)) + " · " + loans(s.amount(i, "loans")), value: percent(s.amount(i, "share")),
				to: max(s.amount(i, "share"), 0), look: "fill", hatched: bad}
			if bad {
				b.look = "down"
			}
			list = append(list, b)
			row := []string{words(s.text(i, class)), counted(s.amount(i, "loans")), n.money(currency, s.amount(i, "balance")), percent(s.amount(i, "share")),
				n.money(currency, s.amount(i, "non_performing")), n.optional(s, i, "allowance", currency)}
			if illustrative {
				row = append([]string{group.name}, row...)
			}
			c.rows = append(c.rows, row)
		}
	}
	c.desc = fmt.Sprintf("Bars of the classes in %s. %s.", currency, strings.Join(said, "; "))
	c.key = "Hatched: non-performing (NPL)."
	c.image = bars(list)
	return []*chart{c}
}

// optional shows an amount; nothing where it is empty.
func (n *Night) optional(s *sheet, row int, column, currency string) string {
	if s.null(row, column) {
		return ""
	}
	return n.money(currency, s.amount(row, column))
}

// A group is the rows of one name.
type group struct {
	name string
	rows []int
}

// grouped returns rows by name, in the order in which names come.
func grouped(rows []int, name func(i int) string) (list []group) {
	for _, i := range rows {
		g := name(i)
		k := slices.IndexFunc(list, func(x group) bool { return x.name == g })
		if k < 0 {
			k = len(list)
			list = append(list, group{name: g})
		}
		list[k].rows = append(list[k].rows, i)
	}
	return list
}
