package intake

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// Options configures [Inspect]. The zero value reads the contract's own names,
// with amounts in whole units and UTC.
type Options struct {
	Columns         map[string]map[string]string // kind, then the contract's column → the file's own name
	MinorUnits      bool                         // plain integers are money in minor units
	AllowFloatMoney bool                         // money may be FLOAT or DOUBLE
	Scale           int                          // digits after the point of every amount handed out, 0 to 6
	Location        *time.Location               // where an instant's date, and a local timestamp's instant, is taken; nil means UTC
	Memory          int64                        // bytes that the pages in work may hold, of all readers together; 0 means 256 MiB

	pool     *pool
	groupMax int64 // tests make it smaller; 0 means groupMax
}

// scaleMax is above every currency's digits, and the digits that float money
// is rounded to.
const scaleMax = 6

func (o Options) withDefaults() (Options, error) {
	if o.Scale < 0 || o.Scale > scaleMax {
		return o, fmt.Errorf("intake: scale %d is not 0 to %d", o.Scale, scaleMax)
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Memory <= 0 {
		o.Memory = 256 << 20
	}
	if o.groupMax <= 0 {
		o.groupMax = groupMax
	}
	o.pool = newPool(o.Memory)
	return o, o.checkColumns()
}

// checkColumns refuses a mapping of what the contract does not have: a
// misspelt name would otherwise map nothing, silently.
func (o Options) checkColumns() error {
	kinds := make([]string, 0, len(o.Columns))
	for kind := range o.Columns {
		kinds = append(kinds, kind)
	}
	sort.Strings(kinds)
	for _, kind := range kinds {
		k, ok := ParseKind(kind)
		if !ok {
			return fmt.Errorf("intake.columns: %q is not a kind of file; use one of %v", kind, kindNames)
		}
		for name := range o.Columns[kind] {
			if !slices.Contains(k.Columns(), name) {
				return fmt.Errorf("intake.columns.%s: %q is not a column of the contract; use one of %v",
					kind, name, k.Columns())
			}
		}
	}
	return nil
}

// ownName returns the file's name of a contract column.
func (o Options) ownName(k Kind, name string) string {
	if own, ok := o.Columns[k.String()][name]; ok {
		return own
	}
	return name
}
