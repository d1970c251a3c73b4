// Package alerts tries the alert rules of the chart: that Prometheus takes them, and that each comes when it should and not
// otherwise. The cases are in cases.txt.
package alerts

import (
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"go.yaml.in/yaml/v3"
)

// The rendered PrometheusRule, whose `spec` is what Prometheus reads.
func rules(t *testing.T) *rulefmt.RuleGroups {
	data, err := os.ReadFile(os.Getenv("FARSIDE_RULES"))
	if err != nil {
		t.Fatalf("FARSIDE_RULES names the rendered rules: %v", err)
	}
	var object struct{ Spec yaml.Node }
	if err := yaml.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	spec, err := yaml.Marshal(&object.Spec)
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(spec, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Error(err)
	}
	return groups
}

// A case is a script of promqltest in which [Name] stands for the expression of the alert.
var placeholder = regexp.MustCompile(`\[(Farside\w+)\]`)

func TestAlerts(t *testing.T) {
	expressions := map[string]string{}
	for _, group := range rules(t).Groups {
		for _, rule := range group.Rules {
			expressions[rule.Alert] = strings.Join(strings.Fields(rule.Expr), " ")
		}
	}
	script, err := os.ReadFile("cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]int{}
	filled := placeholder.ReplaceAllStringFunc(string(script), func(match string) string {
		name := match[1 : len(match)-1]
		uses[name]++
		if expressions[name] == "" {
			t.Errorf("there is no alert %s", name)
		}
		return expressions[name]
	})
	for name := range expressions {
		if uses[name] < 2 {
			t.Errorf("%s: a case in which it comes and one in which it does not", name)
		}
	}
	for _, each := range strings.Split(filled, "\nclear\n") {
		promqltest.RunTest(t, each, promqltest.NewTestEngine(t, false, 5*time.Minute, 10_000))
	}
}
