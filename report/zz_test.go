package report

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	r := sampleRun(20000)
	fmt.Println(r.Snapshot(17400 * time.Millisecond))
	s := r.Summary(Meta{Name: "To-do", Seed: 1, PlanDigest: "3fa92c1e77aa", Start: time.Unix(1.7e9, 0), End: 30 * time.Second, Notes: []string{"the generator was the bottleneck"}})
	s.WriteText(os.Stdout)
	var b bytes.Buffer
	fmt.Println(s.WriteJSON(&b), b.Len())
	fmt.Println(s.Timeline[9:12])
	x, err := ReadSummary(&b)
	fmt.Println(err, x != nil)
}
