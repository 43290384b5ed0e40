package report

// Op names one row of the report. Method may be empty; Name should be a template such
// as "/api/todos/{id}", not a path with an id in it.
type Op struct{ Method, Name string }

// String is "METHOD name", or the name alone.
func (o Op) String() string {
	if o.Method == "" {
		return o.Name
	}
	return o.Method + " " + o.Name
}

// Aggregated names the row that sums up all operations; its method is empty.
const Aggregated = "Aggregated"

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
