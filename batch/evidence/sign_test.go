package evidence

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
)

// sign signs what is on the input with a key, as a program in the place of a key does.
func sign(key string) int {
	s, err := Signer(key)
	if err != nil {
		return 1
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 1
	}
	b, err := s.Sign(text)
	if err != nil {
		return 1
	}
	fmt.Println(base64.StdEncoding.EncodeToString(b))
	return 0
}
