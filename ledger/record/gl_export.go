package record

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"daybook/ledger/civil"
)

// A GLExport is what the book keeps of an export to a general ledger: enough to make it
// again, and to know that it is the same.
type GLExport struct {
	Number   int64           `json:"number"` // from 1, over all profiles
	Profile  string          `json:"profile"`
	From     civil.Date      `json:"from"`
	To       civil.Date      `json:"to"`
	Monthly  bool            `json:"monthly,omitempty"`
	Policy   string          `json:"policy"`             // whose section gl_export it was made by
	Settings json.RawMessage `json:"settings"`           // as they were: a later policy does not change it
	Overlaps []int64         `json:"overlaps,omitempty"` // earlier exports that have some of its days
	Files    []GLFile        `json:"files"`
}

// A GLFile is one file of an export.
type GLFile struct {
	Bytes  int64     `json:"bytes"`
	SHA256 string    `json:"sha256"`
	Totals []GLTotal `json:"totals"`
}

// A GLTotal is what a file has in one currency; amounts in its minor units.
type GLTotal struct {
	Currency string `json:"currency"`
	Entries  int64  `json:"entries"`
	Lines    int64  `json:"lines"`
	Debits   int64  `json:"debits"`
	Credits  int64  `json:"credits"`
}

// GLExportKey is the key under which an export is kept: keys sort as numbers do.
func GLExportKey(number int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(number)) }

// EncodeGLExport writes an export as the book keeps it.
func EncodeGLExport(x *GLExport) []byte { return encodeJSON(x) }

// ReadGLExport reads what [EncodeGLExport] wrote.
func ReadGLExport(b []byte) (x *GLExport, err error) {
	x = new(GLExport)
	if err = readJSON(b, x); err != nil {
		return nil, err
	}
	if x.Number < 1 || x.To < x.From || len(x.Files) == 0 {
		return nil, fmt.Errorf("export %d is damaged", x.Number)
	}
	return x, nil
}
