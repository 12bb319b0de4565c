package record

import (
	"encoding/json"
	"errors"
)

// jsonVersion begins what is kept as JSON: nights, dictionaries and lists, of which there
// are few. In format 1 it begins with the JSON itself, an object or a list.
const jsonVersion = 1

var errJSON = errors.New("it is empty")

func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("record: internal error: " + err.Error())
	}
	return append([]byte{jsonVersion}, b...)
}

func readJSON(b []byte, v any) error {
	switch {
	case len(b) == 0:
		return errJSON
	case b[0] == jsonVersion:
		b = b[1:]
	case b[0] != '{' && b[0] != '[' && b[0] != 'n': // null: a list that was empty
		return errNewer
	}
	return json.Unmarshal(b, v)
}

// EncodeReversed writes the list of files and nights that were taken back.
func EncodeReversed(list []Reversed) []byte { return encodeJSON(list) }

// ReadReversed reads what [EncodeReversed] wrote.
func ReadReversed(b []byte) (list []Reversed, err error) {
	err = readJSON(b, &list)
	return list, err
}
