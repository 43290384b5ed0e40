package alarm_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/alarm"
)

func ExampleNew() {
	a := alarm.New()
	defer a.Close()
	began := time.Now()
	a.Set(2 * time.Millisecond)
	a.Wait()
	fmt.Println(time.Since(began) >= 2*time.Millisecond)
	// Output: true
}
