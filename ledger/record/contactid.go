package record

import "errors"

// contactIDVersion begins the record of who has an id of a contact.
const contactIDVersion = 1

var errContactID = errors.New("record of a contact's id is damaged")

// AppendContactID appends the record of an id of a contact: the borrower who has it.
func AppendContactID(b, borrowerID []byte) []byte {
	require(len(borrowerID) > 0, "an id of a contact that nobody has")
	return append(append(b, contactIDVersion), borrowerID...)
}

// ReadContactID reads what [AppendContactID] wrote; the id stays the record's.
func ReadContactID(rec []byte) (borrowerID []byte, err error) {
	switch {
	case len(rec) < 2:
		return nil, errContactID
	case rec[0] != contactIDVersion:
		return nil, errNewer
	}
	return rec[1:], nil
}
