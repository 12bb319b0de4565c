package batch

// Allow says which guards of a close its caller means to pass. The zero value
// passes none.
type Allow struct {
	Empty      bool // a folder without rows to post
	Unread     bool // entries of the inbox that are not read
	Duplicates bool // nearly all rows are repeats
	Fewer      bool // kinds or rows that the policy expects are not there
	Unmarked   bool // the policy's marker file is not there
	Unproved   bool // a control file that is missing, or that the files do not agree with
	Create     bool // make a book although the output folder holds nights of another
	Restored   bool // the book is older than what it has published
	Gap        int  // days since the last night, or from the newest value date to the first night
}
