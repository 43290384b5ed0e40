package dist

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// values are what the D (durations) and the X (number) of a form stand for.
type values struct {
	durations []time.Duration
	number    float64
}

// form is one way to write a distribution. Its words are matched literally,
// except D for a duration and X for a number.
type form struct {
	words string
	build func(v values) Distribution
}

func forms() []form {
	return []form{
		{"D", func(v values) Distribution { return Constant{v.durations[0]} }},
		{"D .. D", func(v values) Distribution { return Uniform{v.durations[0], v.durations[1]} }},
		{"between D and D", func(v values) Distribution { return Uniform{v.durations[0], v.durations[1]} }},
		{"constant D", func(v values) Distribution { return Constant{v.durations[0]} }},
		{"exponential D", func(v values) Distribution { return Exponential{v.durations[0]} }},
		{"gamma D cv X", func(v values) Distribution { return Gamma{v.durations[0], v.number} }},
		{"lognormal D cv X", func(v values) Distribution { return Lognormal{v.durations[0], v.number} }},
		{"weibull D shape X", func(v values) Distribution { return Weibull{v.durations[0], v.number} }},
		{"pareto D alpha X", func(v values) Distribution { return Pareto{v.durations[0], v.number} }},
	}
}

// wanted lists the forms, for errors of Parse.
const wanted = "want 2s, 1s..3s, between 1s and 3s, constant 2s, exponential 2s, gamma 2s cv 0.3, " +
	"lognormal 2s cv 1, weibull 2s shape 0.7, pareto 2s alpha 1.5"

// Parse reads a distribution from text:
//
//	2s, constant 2s             Constant
//	1s..3s, between 1s and 3s   Uniform
//	exponential 2s              Exponential, mean 2 s
//	gamma 2s cv 0.3             Gamma, mean 2 s and CV 0.3
//	lognormal 2s cv 1           Lognormal, mean 2 s and CV 1
//	weibull 2s shape 0.7        Weibull, mean 2 s and shape 0.7
//	pareto 2s alpha 1.5         Pareto, mean 2 s and alpha 1.5
//
// Durations are those of [time.ParseDuration]. Case does not matter;
// parentheses, commas and the word "mean" are ignored, so the String of every
// distribution but Empirical reads back as itself. The result has passed
// Validate. Errors quote the text, say what is wrong and what is wanted instead.
func Parse(s string) (Distribution, error) {
	d, err := match(split(s))
	if err != nil {
		return nil, fmt.Errorf("distribution %q: %w: %s", s, err, wanted)
	}
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("distribution %q: %w", s, err)
	}
	return d, nil
}

// match finds the form of the words and builds its distribution.
func match(words []string) (Distribution, error) {
	for _, f := range forms() {
		if pattern := strings.Fields(f.words); matches(pattern, words) {
			v, err := read(pattern, words)
			if err != nil {
				return nil, err
			}
			return f.build(v), nil
		}
	}
	return nil, errors.New("not a known form")
}

// split cuts text into lower-case words without decoration.
func split(s string) []string {
	s = strings.NewReplacer("(", " ", ")", " ", ",", " ", "..", " .. ").Replace(strings.ToLower(s))
	return slices.DeleteFunc(strings.Fields(s), func(word string) bool { return word == "mean" })
}

// matches compares the literal words of a pattern.
func matches(pattern, words []string) bool {
	return slices.EqualFunc(pattern, words, func(p, word string) bool { return p == "D" || p == "X" || p == word })
}

// read converts the words that stand at a D or an X.
func read(pattern, words []string) (v values, err error) {
	for i, p := range pattern {
		switch p {
		case "D":
			d, err := time.ParseDuration(words[i])
			if err != nil {
				return v, fmt.Errorf("%q is not a duration such as 1.5s or 300ms", words[i])
			}
			v.durations = append(v.durations, d)
		case "X":
			if v.number, err = strconv.ParseFloat(words[i], 64); err != nil {
				return v, fmt.Errorf("%q is not a number", words[i])
			}
		}
	}
	return v, nil
}
