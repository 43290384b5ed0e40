package setting

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Weights reads the weights of tasks, a JSON object of names and numbers such as
// {"list": 40, "add": 30}.
//
// It returns an error, of what is wrong alone, for anything that is not a JSON
// object, for a name that is empty or given twice, and for a weight that is
// negative or too large. Whether the tasks exist is checked where they are known.
func Weights(text string) (map[string]float64, error) {
	var raw json.RawMessage // a separate pass, for errors of syntax anywhere
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("not valid JSON (%w)", err)
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if open, _ := dec.Token(); open != json.Delim('{') {
		return nil, fmt.Errorf("got %s", kind(open))
	}
	w := map[string]float64{}
	for dec.More() {
		// Tokens, because a map would silently take the last of two equal keys.
		key, _ := dec.Token()
		value, _ := dec.Token()
		if err := addWeight(w, key.(string), value); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func addWeight(w map[string]float64, name string, value json.Token) error {
	if name == "" {
		return errors.New("a task name is empty")
	}
	number, ok := value.(json.Number)
	if !ok {
		return fmt.Errorf("the weight of %q is %s", name, kind(value))
	}
	if _, ok := w[name]; ok {
		return fmt.Errorf("%q is given twice", name)
	}
	weight, err := strconv.ParseFloat(number.String(), 64)
	if err != nil {
		return fmt.Errorf("the weight of %q is %s, which is too large", name, number)
	}
	if weight < 0 {
		return fmt.Errorf("the weight of %q is %s, which is negative", name, number)
	}
	w[name] = weight
	return nil
}

// kind names a JSON value with its article.
func kind(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case json.Delim:
		if t == '[' {
			return "an array"
		}
		return "an object"
	}
	return fmt.Sprintf("%v", t)
}
