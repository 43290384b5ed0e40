package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gensim/load-generator/internal/input"
)

// ErrSchema is wrapped by the error for data that is no Summary, or one of another version.
var ErrSchema = errors.New("not a summary that this version can read")

// WriteJSON writes the Summary as one line of JSON.
func (s *Summary) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(s) }

// LargestSummary bounds a Summary in JSON that is read, in bytes: a thousand operations in ten phases
// take a fifth of it, and what is larger is something else.
const LargestSummary = 256 << 20

// ReadSummary reads what WriteJSON wrote, also with the byte order mark that editors put before it,
// up to LargestSummary. The error wraps ErrSchema if it is something else or of another version; keys
// that this version does not know are left out.
func ReadSummary(r io.Reader) (*Summary, error) { return readSummary(r, LargestSummary) }

func readSummary(r io.Reader, limit int64) (*Summary, error) {
	s := new(Summary)
	if err := json.NewDecoder(input.NewReader(r, limit)).Decode(s); err != nil {
		return nil, fmt.Errorf("report: read summary: %w", err)
	}
	return s, nil
}

// UnmarshalJSON reads a Summary of this Schema or an older one, which it restates as one of this
// Schema, and checks that its lists fit together.
func (s *Summary) UnmarshalJSON(data []byte) error {
	head := struct {
		Schema *json.RawMessage `json:"schema"`
	}{}
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("%w: it is no JSON object", ErrSchema)
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

// loadJSON is Load with null for an infinite index of dispersion, which heavy tails have.
type loadJSON struct {
	Rate      float64  `json:"tasks_per_s"`
	Unlimited bool     `json:"unlimited,omitempty"`
	OnShare   float64  `json:"on_share"`
	IDC       *float64 `json:"idc"`
	Note      string   `json:"note,omitempty"`
}

// MarshalJSON writes null for an IDC of +Inf.
func (l Load) MarshalJSON() ([]byte, error) {
	out := loadJSON{Rate: l.Rate, Unlimited: l.Unlimited, OnShare: l.OnShare, Note: l.Note}
	if !math.IsInf(l.IDC, 0) && !math.IsNaN(l.IDC) {
		out.IDC = &l.IDC
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Load) UnmarshalJSON(data []byte) error {
	in := loadJSON{}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*l = Load{Rate: in.Rate, Unlimited: in.Unlimited, OnShare: in.OnShare, IDC: math.Inf(1), Note: in.Note}
	if in.IDC != nil {
		l.IDC = *in.IDC
	}
	return nil
}
