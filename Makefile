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

# The packages that start goroutines, in their short form. What closes many nights of a few loans, to compare them, is left
# out, and so is what damages files byte by byte, and what kills the program over and over: it starts the same goroutines as the others, and takes as long as all of them.
MODELS = TestKilled$$|TestKilledQueue$$|ServicingCases|NoRowStopsANight|AccrualsTieEachLoan|ExplainedParts|TermsAgainstModel|AgainstNaiveModel|SimpleInterestAgainstModel|PeopleAgreeWithTheModel|CatchUpEqualsNightly|TestGuards|HostileTranches|HostileDueDates|CorruptedFiles|CollectionYearOfTheModel|DeliveryDoesNotChange|DeliveryOfEveryKind|VerifyFinds|KilledOnTheFirst|FilesCannotGrow|FullDisk|PackModel|PacksAgainst|PackStories|PacksAlone|PacksDoNotAsk|PackThatIsNew|TablesAreWhat|MonthTables|ExtremeLoans|ScoresByAdjustments|LateFlags|VeryManyFlags|CrowdedNights|OnePartitionOfAll|ScoresAreWatched|PaidInTime|ScoresOfBorrowers|DaysLateMean|FlippedBytes|TestEncodings|InstantsOfLocalTimes|FailingOperation|PowerFailure|TestExtremes|KilledAtEachStep|EveryByteOfTheEvidence

race:
	go test -race -short -timeout 20m -skip '$(MODELS)' ./batch ./batch/intake ./batch/meet ./batch/warehouse ./batch/objects ./batch/catalog ./ledger/store ./reports ./reports/queue

# What Daybook publishes, read back by another reader.
duckdb:
	cd bench/duckdb && go test -count=1 ./...

# The Iceberg tables of thirty nights, read by another library.
iceberg:
	cd bench/iceberg && go vet ./... && go test -count=1 ./...

bench:
	go run ./bench
