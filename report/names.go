package report

import (
	"slices"
	"strings"
)

// Op names one row of the report. Kind is the kind of the users whose operation it is, and empty in a run of one kind;
// a run fills it in itself. Method may be empty; Name should be a template such as "/api/todos/{id}", not a path with
// an id in it.
type Op struct{ Kind, Method, Name string }

// String is "kind METHOD name", without what is empty.
func (o Op) String() string {
	text := o.Name
	if o.Method != "" {
		text = o.Method + " " + text
	}
	switch {
	case o.Kind == "":
		return text
	case text == "":
		return o.Kind
	}
	return o.Kind + " " + text
}

// Head is what stands before the name: "kind METHOD", without what is empty.
func (o Op) Head() string { return strings.TrimSpace(o.Kind + " " + o.Method) }

// Anyone is the operation of all kinds of users together.
func (o Op) Anyone() Op { return Op{Method: o.Method, Name: o.Name} }

// Untagged returns what a row of requests with a tag is of, the operation and the tag: GET /items and region=eu of
// GET /items {region=eu}. No tag has a brace.
func (o Op) Untagged() (of Op, tag string) {
	if at := strings.LastIndex(o.Name, " {"); at >= 0 {
		o.Name, tag = o.Name[:at], strings.TrimSuffix(o.Name[at+2:], "}")
	}
	return o, tag
}

// Covers reports whether the figures of row are among those of o: without a Kind those of all kinds are, without
// Method and Name, or with the name Aggregated, those of all operations.
func (o Op) Covers(row Op) bool {
	all := o.Method == "" && (o.Name == "" || o.Name == Aggregated)
	return (o.Kind == "" || o.Kind == row.Kind) && (all || o.Method == row.Method && o.Name == row.Name)
}

// In returns the operation of ops that o, read from a text, is meant for: the one with the same text, or all of a
// kind of users of that name. It returns o where there is none.
func (o Op) In(ops []Op) Op {
	for _, op := range ops {
		if op.String() == o.String() {
			return op
		}
	}
	for _, op := range ops {
		if op.Kind != "" && op.Kind == o.String() {
			return Op{Kind: op.Kind}
		}
	}
	return o
}

// Aggregated names the row that sums up all operations; its method is empty.
const Aggregated = "Aggregated"

// methods are those of HTTP, which begin an operation.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}

// IsHTTP reports whether Method is one of HTTP, in capitals.
func (o Op) IsHTTP() bool { return slices.Contains(methods, o.Method) }

// reserved are the words of claims, except for methods and quantiles.
var reserved = []string{
	"mean", "max", "failures", "throughput", "rps", "requests", "exceptions", "exceedance", "recovery",
	"run", "vs", "abort", "unless", "generator", Aggregated,
}

// Reserved reports whether Name has a meaning in claims, in capitals or not: a metric, such as "p95" or "failures", a
// method of HTTP, "run", "vs", "abort", "unless", "recovery", "generator" and "Aggregated". A kind of users, a journey and a
// figure of the script need another name, or a claim about them would be about something else.
func (o Op) Reserved() bool {
	word := o.Name
	same := func(other string) bool { return strings.EqualFold(word, other) }
	digits := strings.TrimLeft(word, "pP")
	quantile := len(digits) == len(word)-1 && digits != "" && strings.Trim(digits, "0123456789.") == ""
	return quantile || slices.ContainsFunc(reserved, same) || slices.ContainsFunc(methods, same)
}

// What stands for everything past the limits of a recorder's Config.
const (
	OtherOperations = "(other operations)" // row of the operations past MaxOps
	OtherReasons    = "(other reasons)"    // failure reason past MaxReasons
	OtherExceptions = "(other exceptions)" // kind of the exceptions past MaxExceptions
)

// CutOff is the reason of a request that was in flight when the run ended. It is not a
// failure of the target: the request is kept as "at least this long" (right-censored)
// and counted apart.
const CutOff = "cut off"
