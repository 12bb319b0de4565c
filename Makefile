# What a developer and CI run. Everything needs only Go; bench/duckdb also a C compiler.
TOOLS = go tool -modfile=.ci/tools.mod

.PHONY: check fmt vet lint test race duckdb iceberg bench

check: fmt vet lint test race

fmt:
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt'd: $$out"; exit 1; }

vet:
	go vet ./...

lint:
	$(TOOLS) staticcheck ./...

test:
	go test ./...

# Under the race detector, in the short form, the packages that start goroutines. Of ./batch what closes with other workers and
# budgets, has very much of one thing, is stopped in the middle, or meets another process: all other tests there close nights of a
# few loans to compare their figures, with the same goroutines and for ten times as long.
BESIDE = OptionsDoNotChange|Comparison|Cancelled|Panics|AnswersToCancel|StoppedAmong|Simulator|LendingClub|CollectionYear$$|VeryMany|ManyFilesArePacked|ManySpecials|MoneyOfOneLoan|ManyEventsOfOneLoan|TwoProcesses|SecondProcess|MeetsAnother|OutputFolderIsLocked|NothingLeftBehind|NightThroughBytes|PeakMemory|WorkbookIs|TestReport$$|TestOnce$$
# Of the others, what damages files byte by byte, kills over and over, or has one goroutine for all it does.
ALONE = FlippedBytes|TestEncodings|InstantsOfLocalTimes|FloatsAreDecimals|DecimalsAreExact|UnknownFields|FileChangedInPlace|DoesNotAllocate|FailingOperation|PowerFailure|TestTryAgain|TestExtremes|KilledAtEachStep|TestRetention|ShareSlabs|EveryByteOfTheEvidence

race:
	go test -race -short -timeout 20m -run '$(BESIDE)' ./batch
	go test -race -short -timeout 20m -skip '$(ALONE)' ./batch/intake ./batch/meet ./batch/warehouse ./batch/objects ./batch/catalog ./ledger/store ./reports ./reports/queue

# What Daybook publishes, read back by another reader.
duckdb:
	cd bench/duckdb && go test -count=1 ./...

# The Iceberg tables of thirty nights, read by another library.
iceberg:
	cd bench/iceberg && go vet ./... && go test -count=1 ./...

bench:
	go run ./bench
