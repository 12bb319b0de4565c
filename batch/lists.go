package batch

import (
	"context"
	"path/filepath"

	"daybook/reports"
	"daybook/reports/lists"
)

// writeWatchlist writes the loans that are not late and whose score fell.
func (n *met) writeWatchlist(ctx context.Context, _ *reports.Page) ([]reports.Output, error) {
	words := n.names.Dictionaries(n.policy)
	return lists.WriteWatchlist(ctx, filepath.Join(n.staging, "regulatory"), n.form, n.o.Date, &words, n.policy.Scale, n.watched)
}
