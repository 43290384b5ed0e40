package todo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"path"
	"regexp"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// longestID bounds what a service can make a user remember, in bytes.
const longestID = 200

// wrappings is how many objects an answer may be wrapped in:
// {"data":{"todo":{"id":1}}}.
const wrappings = 2

// Reasons for which an answer is no good although its status is. They are
// failure reasons in the report.
var (
	errNoID   = errors.New("no id in the answer")
	errNoList = errors.New("no list in the answer")
)

// noList finds a list that is null within an object.
var noList = regexp.MustCompile(`"(todos|data|items|results?)"\s*:\s*null`)

// holdsList looks for a list, bare or within an object; null is an empty one, as
// encoders write a list that was never filled. It does not parse it:
// that would cost more than the request.
func holdsList(r *httpclient.Response) error {
	text := bytes.TrimSpace(r.Body())
	if len(text) == 0 {
		return errNoList
	}
	inside := func() bool { return bytes.IndexByte(text, '[') > 0 || noList.Match(text) }
	if text[0] == '[' || string(text) == "null" || text[0] == '{' && inside() {
		return nil
	}
	return errNoList
}

// created is the answer to a create, or a part of it.
type created struct {
	ID    id `json:"id"`
	Other id `json:"_id"`

	Todo   json.RawMessage `json:"todo"`
	Data   json.RawMessage `json:"data"`
	Item   json.RawMessage `json:"item"`
	Result json.RawMessage `json:"result"`
}

// id is a JSON string or number as text; anything else is no id.
type id string

// UnmarshalJSON never fails, so that an odd field does not hide a good one.
func (x *id) UnmarshalJSON(data []byte) error {
	var text string
	var number json.Number
	if json.Unmarshal(data, &text) == nil {
		*x = id(text)
	} else if json.Unmarshal(data, &number) == nil {
		*x = id(number)
	}
	return nil
}

// createdID finds the id that the service gave to a new todo.
func createdID(r *httpclient.Response) (string, error) {
	found := idIn(r.Body(), wrappings)
	if found == "" {
		if at, err := url.Parse(r.Header().Get("Location")); err == nil && at.Path != "" {
			found = path.Base(at.Path)
		}
	}
	switch {
	case found == "", found == ".", found == "..", found == "/", len(found) > longestID:
		return "", errNoID
	}
	return found, nil
}

// idIn looks into an object, and into those that it may be wrapped in.
func idIn(data []byte, deep int) string {
	var c created
	if json.Unmarshal(data, &c) != nil {
		return ""
	}
	found := string(c.ID)
	if found == "" {
		found = string(c.Other)
	}
	for _, inner := range [][]byte{c.Todo, c.Data, c.Item, c.Result} {
		if found == "" && deep > 0 && len(inner) > 0 {
			found = idIn(inner, deep-1)
		}
	}
	return found
}
