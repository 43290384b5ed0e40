package phase

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Weights are the whole task mix of a phase, by name: a task left out does not
// run there. Nil is no mix of its own: each task keeps its weight.
type Weights map[string]float64

// ParseWeights reads a JSON object of task names and weights, such as
// {"list": 40, "add": 30}.
//
// It returns an error for anything that is not a JSON object, for a name that
// is empty or given twice, and for a weight that is not a finite number of at
// least 0. Whether the tasks exist and one of them is left to run is checked
// where they are known, by [scenario.NewDispatcher].
func ParseWeights(s string) (Weights, error) {
	w, err := parseWeights(s)
	if err != nil {
		return nil, fmt.Errorf(`weights: %w: a JSON object of task names and numbers is accepted, such as {"list": 40, "add": 30}`, err)
	}
	return w, nil
}

func parseWeights(s string) (Weights, error) {
	var raw json.RawMessage // a pass of its own, for errors of syntax anywhere
	if err := json.Unmarshal([]byte(s), &raw); err != nil {
		return nil, fmt.Errorf("not valid JSON (%w)", err)
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	if open, _ := dec.Token(); open != json.Delim('{') {
		return nil, fmt.Errorf("got %s", kind(open))
	}
	w := Weights{}
	for dec.More() {
		// Tokens, because a map would silently take the last of two equal keys.
		key, _ := dec.Token()
		value, _ := dec.Token()
		if err := w.add(key.(string), value); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w Weights) add(name string, value json.Token) error {
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
	w[name] = weight
	return checkWeight(name, weight)
}

// validate checks all weights, in the order of the names.
func (w Weights) validate() error {
	for _, name := range slices.Sorted(maps.Keys(w)) {
		if err := checkWeight(name, w[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkWeight(name string, weight float64) error {
	switch {
	case name == "":
		return errors.New("a task name is empty")
	case !(weight >= 0) || math.IsInf(weight, 1):
		return fmt.Errorf("the weight of %q is %v, which is not a finite number of at least 0", name, weight)
	}
	return nil
}

// kind names a JSON value with its article.
func kind(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(t)
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
