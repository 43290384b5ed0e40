package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gensim/load-generator/internal/input"
)

// ErrSchema is wrapped by the error for JSON that is not a Summary, or one of another version.
var ErrSchema = errors.New("not a summary that this version can read")

// WriteJSON writes the Summary as JSON, indented, as --summary-file does.
func (s *Summary) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(s)
}

// LargestSummary bounds the JSON of a Summary, in bytes. A thousand operations in ten phases take a
// fifth of it.
const LargestSummary = 256 << 20

// ReadSummary reads what WriteJSON wrote, up to LargestSummary and to the end of r; a byte order mark
// before it is skipped, as are keys that this version does not know. An error is one line: it names
// data that is empty, cut off or followed by more, and wraps ErrSchema for other JSON and other versions.
func ReadSummary(r io.Reader) (*Summary, error) { return readLimited(r, LargestSummary) }

func readLimited(r io.Reader, limit int64) (*Summary, error) {
	s, decoder := new(Summary), json.NewDecoder(input.NewReader(r, limit))
	err := decoder.Decode(s)
	if _, more := decoder.Token(); err == nil && more != io.EOF {
		err = errors.New("there is more after it")
	}
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, io.EOF):
		err = errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it is cut off")
	}
	return nil, fmt.Errorf("not a summary of a run, as --summary-file writes it: %w", err)
}

// UnmarshalJSON reads a Summary of this Schema or an older one, which it restates as one of this
// Schema, and checks that its lists fit together.
func (s *Summary) UnmarshalJSON(data []byte) error {
	head := struct {
		Schema *json.RawMessage `json:"schema"`
	}{}
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("%w: it is not a JSON object", ErrSchema)
	}
	if err := checkSchema(head.Schema); err != nil {
		return err
	}
	type plain Summary // without this method
	to := plain{}
	if err := json.Unmarshal(data, &to); err != nil {
		return err
	}
	for i := range to.Intervals {
		if err := to.Intervals[i].check(); err != nil {
			return fmt.Errorf("intervals[%d]: %w", i, err)
		}
	}
	*s = Summary(to)
	s.upgrade()
	return nil
}

// checkSchema says what is wrong with the value of the key schema.
func checkSchema(value *json.RawMessage) error {
	switch {
	case value == nil:
		return fmt.Errorf(`%w: the key "schema" is missing`, ErrSchema)
	case string(*value) != "1" && string(*value) != fmt.Sprint(Schema):
		return fmt.Errorf("%w: schema %.40s; this version reads schema 1 to %d", ErrSchema, *value, Schema)
	}
	return nil
}

// MarshalJSON writes null for an IDC of +Inf, which heavy tails have.
func (l Load) MarshalJSON() ([]byte, error) {
	type plain Load // without this method
	out := struct {
		plain
		IDC *float64 `json:"idc"`
	}{plain: plain(l)}
	if !math.IsInf(l.IDC, 0) && !math.IsNaN(l.IDC) {
		out.IDC = &l.IDC
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Load) UnmarshalJSON(data []byte) error {
	type plain Load
	var in struct {
		plain
		IDC *float64 `json:"idc"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*l = Load(in.plain)
	if l.IDC = math.Inf(1); in.IDC != nil {
		l.IDC = *in.IDC
	}
	return nil
}
