package publish

import (
	"fmt"
	"strings"

	"daybook/batch/bureau"
)

// WorkbookName is the file of the regulatory tables as a workbook. Nights before layout 4
// have none.
const WorkbookName = "regulatory.xlsx"

// AccountsName is the file of the chart of accounts. Nights before layout 5 have none.
const AccountsName = "accounts.parquet"

// NamedAccounts is the file of the credit bureaus with the names of borrowers. The book
// keeps nothing of it, so that it can't be published again.
const NamedAccounts = "regulatory/" + bureau.NamedFile

// outputs are the kinds of output of a night. A new one is a row here, and a writer of
// the night.
var outputs = []struct {
	path   string
	folder bool
	kept   bool // the book keeps its files whole, so that they can be published again
}{
	{path: ManifestName, kept: true},
	{path: "report.html", kept: true},
	{path: "rejects.parquet", kept: true},
	{path: AccountsName, kept: true},
	{path: WorkbookName, kept: true},
	{path: NamedAccounts}, // names of people go into it, and are kept nowhere
	{path: "regulatory", folder: true, kept: true},
	{path: "journal", folder: true},
	{path: "loans", folder: true},
	{path: "contracts", folder: true},
	{path: "score_adjustments", folder: true},
	{path: "queue", folder: true},
}

// folders are the folders of a night that its kinds of output lie in.
func folders() (list []string) {
	for _, o := range outputs {
		if o.folder {
			list = append(list, o.path)
		}
	}
	return list
}

// PartName is how a part's file is called in each folder of parts.
func PartName(part int) string { return fmt.Sprintf("part-%04d.parquet", part) }

// IsKept reports whether the book keeps a published file whole. Paths are within the
// night's folder, with slashes.
func IsKept(path string) bool {
	for _, o := range outputs {
		if path == o.path || o.folder && strings.HasPrefix(path, o.path+"/") {
			return o.kept
		}
	}
	return false
}
