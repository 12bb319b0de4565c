package reports

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// suspenseLine is one cell of a [Suspense] as JSON has it.
type suspenseLine struct {
	Currency string     `json:"currency"`
	Band     int        `json:"band"`
	Items    int64      `json:"items"`
	Amount   int64      `json:"amount"`
	Oldest   civil.Date `json:"oldest"`
}

func (l *suspenseLine) compare(o *suspenseLine) int {
	return cmp.Or(strings.Compare(l.Currency, o.Currency), cmp.Compare(l.Band, o.Band))
}

// MarshalJSON writes what is added up, in the order of currencies and bands: equal
// values are equal bytes.
func (s *Suspense) MarshalJSON() ([]byte, error) {
	lines := make([]suspenseLine, 0, len(s.cells))
	for k, c := range s.cells {
		lines = append(lines, suspenseLine{k.currency, k.band, c.items, c.amount, c.oldest})
	}
	slices.SortFunc(lines, func(a, b suspenseLine) int { return a.compare(&b) })
	return json.Marshal(lines)
}

// UnmarshalJSON reads what [Suspense.MarshalJSON] wrote.
func (s *Suspense) UnmarshalJSON(b []byte) error {
	var lines []suspenseLine
	if err := json.Unmarshal(b, &lines); err != nil {
		return err
	}
	*s = Suspense{}
	for i := range lines {
		l := &lines[i]
		if l.Band < 0 || l.Band >= len(suspenseBands) || l.Items <= 0 || i > 0 && lines[i-1].compare(l) >= 0 {
			return errors.New("reports: damaged suspense")
		}
		if s.cells == nil {
			s.cells = map[suspenseKey]*suspenseCell{}
		}
		s.cells[suspenseKey{l.Currency, l.Band}] = &suspenseCell{l.Items, l.Amount, l.Oldest}
	}
	return nil
}
