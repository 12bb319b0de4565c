package reconcile

import (
	"io"

	"daybook/reports"
)

func (r *run) writePage(path string, t *tables) (reports.Output, error) {
	return reports.WriteFile(path, func(w io.Writer) error { return nil })
}
