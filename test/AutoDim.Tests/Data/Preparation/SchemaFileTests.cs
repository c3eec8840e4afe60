using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class SchemaFileTests
{
    [Fact]
    public void Parse_EveryKey_IsRead()
    {
        var schema = SchemaFile.Parse("""
            format: csv
            delimiter: tab
            header: false
            quotes: false
            columns: [click, user, price, tags, ts, id]   # in order
            missing: [NA, "null", null]
            minCount: 3
            label: {column: click, positive: yes, negative: "no"}
            fields:
              - column: user
                name: who
                hash: 1000
              - {column: price, kind: numeric, buckets: [-1, 0.5, 1e3], minCount: 7}
              - {column: price, name: root, kind: numeric, buckets: log-square}
              - {column: price, name: share, kind: numeric, buckets: quantile, count: 20}
              - {column: tags, kind: multi, separator: "|"}
            sequences:
              - {name: cart, of: who, column: tags, separator: ";"}
              - {name: seen, of: who, by: user, time: ts, clicked: false, length: 7}
            ignore: [id]
            split: {train: 6, valid: 3, test: 1, by: time, column: ts, seed: 42}
            """, "all.yaml");
        (schema.Format, schema.Delimiter, schema.Header, schema.Quotes, schema.MinCount).ShouldBe(("csv", "tab", false, false, 3));
        schema.Columns.ShouldBe(["click", "user", "price", "tags", "ts", "id"]);
        schema.Missing.ShouldBe(["NA", "null", "null"]);
        schema.Label.ShouldBe(new LabelSchema { Column = "click", Positive = "yes", Negative = "no" });
        schema.Fields.Select(field => field.FullName).ShouldBe(["who", "price", "root", "share", "tags"]);
        schema.Fields[0].ShouldBe(new FieldSchema { Column = "user", Name = "who", Hash = 1000 });
        schema.Fields[1].Buckets!.Boundaries.ShouldBe([-1, 0.5, 1000]);
        schema.Fields[1].MinCount.ShouldBe(7);
        schema.Fields[2].Buckets!.Rule.ShouldBe(BucketSchema.LogSquare);
        (schema.Fields[3].Buckets!.Rule, schema.Fields[3].Count).ShouldBe((BucketSchema.Quantile, 20));
        (schema.Fields[4].Kind, schema.Fields[4].Separator).ShouldBe((FieldKind.Multi, "|"));
        schema.Sequences[0].ShouldBe(new SequenceSchema { Name = "cart", Of = "who", Column = "tags", Separator = ";", Clicked = true, Length = 50 });
        schema.Sequences[1].ShouldBe(new SequenceSchema { Name = "seen", Of = "who", By = "user", Time = "ts", Clicked = false, Length = 7 });
        schema.Ignore.ShouldBe(["id"]);
        schema.Split.ShouldBe(new SplitSchema { Train = 6, Valid = 3, Test = 1, By = "time", Column = "ts", Seed = 42 });
    }

    [Fact]
    public void Parse_Least_HasTheDefaults()
    {
        var schema = SchemaFile.Parse("label: {column: y}\nfields:\n  - column: a\nmissing:\ncolumns: ~\n", "least.yaml");
        schema.ShouldEqual(new Schema { Label = new LabelSchema { Column = "y" }, Fields = [new FieldSchema { Column = "a" }] });
        SchemaFile.Parse("format: libfm", "libfm.yaml").Format.ShouldBe("libfm");
        SchemaFile.Parse("label: {column: y, atLeast: 3.5}\nfields: [{column: a}]", "rated.yaml").Label.AtLeast.ShouldBe(3.5);
    }

    [Fact]
    public void Parse_ManyMistakes_TellsAllAtOnceWithTheirLines()
    {
        var message = Should.Throw<AutoDimException>(() => SchemaFile.Parse("""
            format: excel
            delimiter: ;;
            header: no
            minCount: 0
            label: {colum: click}
            fields:
              - {column: user, kind: text}
              - {column: user, hash: -5}
              - {column: price, kind: numeric, count: 1, buckets: [3, 2]}
              - {column: age, kind: numeric, buckets: thirds, hash: 3}
              - {kind: multi, separator: "ab"}
              - {column: tags, buckets: [1]}
            split: {by: user, train: 0, seed: x}
            missing: NA
            wieght: 3
            """, "bad.yaml")).Message;
        message.ShouldStartWith("bad.yaml: ");
        message.ShouldEndWith("docs/data.md describes the keys");
        string[] expected =
        [
            "format is 'excel', expected csv, parquet or libfm",
            "delimiter is ';;', expected one ASCII character or tab",
            "line 3: header is 'no', expected true or false",
            "line 4: minCount is '0', expected a whole number from 1 to 2147483647",
            "line 5: label: unknown key 'colum', expected one of column, positive, negative, atLeast",
            "label needs a column",
            "line 7: field 'user': kind is 'text', expected categorical, numeric, multi",
            "line 8: field 'user': hash is '-5', expected a whole number from 1 to",
            "two fields or sequences are named 'user'",
            "line 9: field 'price': count is '1', expected a whole number from 2 to 65536",
            "line 9: field 'price': its boundaries do not ascend",
            "line 10: field 'age': buckets is 'thirds', expected quantile, log-square or a list of numbers",
            "line 10: field 'age': it is numeric and hashed; use buckets",
            "line 11: field '': it has no column",
            "line 11: field '': separator is 'ab', expected one ASCII character",
            "line 12: field 'tags': it has buckets but is not numeric",
            "line 13: split: by is 'user', expected random, key or time",
            "line 13: split: train, valid and test must all be above 0",
            "line 13: split: seed is 'x', expected a whole number from 0 to",
            "line 14: missing is 'NA', expected a list of texts: [a, b]",
            "line 15: unknown key 'wieght', expected one of fields, sequences, format, delimiter, header,",
        ];
        foreach (var problem in expected) message.ShouldContain(problem);
    }

    [Theory]
    [InlineData("label: {column: y}\nfields: [{column: y}]", "field 'y': its column is the label")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nheader: false", "columns must name the columns where header is false")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\ncolumns: [a, y, a]", "columns names 'a' twice")]
    [InlineData("label: {column: y, negative: n}\nfields: [{column: a}]", "negative needs positive beside it")]
    [InlineData("label: {column: y, positive: n, negative: n}\nfields: [{column: a}]", "positive and negative are both 'n'")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsplit: {by: key}", "by key needs a column")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsplit: {train: .inf}", "train is '.inf', expected a number")]
    [InlineData("label: {column: y}\nfields: [{column: a, kind: numeric, buckets: [.nan]}]", "buckets is the list")]
    [InlineData("label: {column: y}\nfields: [{column: a, kind: numeric, buckets: []}]", "buckets is the list")]
    [InlineData("label: {column: y}\nfields: [{column: a, kind: multi, separator: é}]", "separator is 'é', expected one ASCII character")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\ndelimiter: '\"'", "delimiter is '\"'")]
    [InlineData("label: y\nfields: [{column: a}]", "label is 'y', expected keys and values")]
    [InlineData("label: {column: y}\nfields: [a, b]", "fields is the list")]
    [InlineData("label: {column: y}\nfields: {a: b}", "fields is a map, expected a list")]
    [InlineData("label: {column: y}\nfields:", "fields names no field")]
    [InlineData("label: {column: [y]}\nfields: [{column: a}]", "label: column is the list")]
    [InlineData("format: libfm\nsplit: {by: time, column: t}", "libfm rows have no time")]
    [InlineData("label: {column: y, atLeast: 4, positive: a}\nfields: [{column: a}]", "atLeast is for numbers, positive and negative for texts; keep one")]
    [InlineData("label: {column: y, atLeast: four}\nfields: [{column: a}]", "label: atLeast is 'four', expected a number")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{of: a, column: b}]", "sequence '': it has no name")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{name: s, column: b}]", "sequence 's': of must name the field whose values it lists")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{name: s, of: b, column: b}]", "line 3: sequence 's': of is 'b', which is no field")]
    [InlineData("label: {column: y}\nfields: [{column: a, kind: multi}]\nsequences: [{name: s, of: a, column: b}]", "of is 'a', which is not categorical")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{name: a, of: a, column: b}]", "two fields or sequences are named 'a'")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{name: s, of: a, by: u}]", "it needs either a column that lists its values, or by and time")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{name: s, of: a, column: b, by: u, time: t}]", "it needs either a column that lists its values, or by and time")]
    [InlineData("label: {column: y}\nfields: [{column: a}]\nsequences: [{name: s, of: a, column: b, length: 0}]", "length is '0', expected a whole number from 1 to 65536")]
    [InlineData("format: libfm\nsequences: [{name: s, of: a, column: b}]", "libfm files have none")]
    public void Parse_Contradiction_SaysWhat(string text, string problem)
        => Should.Throw<AutoDimException>(() => SchemaFile.Parse(text, "s.yaml")).Message.ShouldContain(problem);

    [Theory]
    [InlineData("", "'s.yaml' is empty")]
    [InlineData("# nothing\n", "'s.yaml' is empty")]
    [InlineData("just text", "is not a map of keys and values")]
    [InlineData("- a\n- b", "is not a map of keys and values")]
    [InlineData("label: {column: y\nfields: [}", "s.yaml is no YAML")]
    [InlineData("label: {column: y}\nfields: [{column: 'a}]", "s.yaml, line 2, column")]
    [InlineData("label: {column: y}\nlabel: {column: z}", "s.yaml, line")]
    [InlineData("fields: *nowhere", "s.yaml, line 1")]
    public void Parse_NoSchemaAtAll_SaysWhere(string text, string problem)
        => Should.Throw<AutoDimException>(() => SchemaFile.Parse(text, "s.yaml")).Message.ShouldContain(problem);

    [Fact]
    public void Load_NoSuchFile_SaysSo() => Should.Throw<AutoDimException>(() => SchemaFile.Load("/nowhere/s.yaml")).Message.ShouldStartWith("cannot read the schema '/nowhere/s.yaml'");

    [Fact]
    public void Write_AnySchema_ReadsBackEqual()
    {
        Gen<string> odd = Gen.OneOf("yes", "null", "~", "1", "1.5", "true", "a: b", "#x", "é\"\\\u2028", " x ", "-", "tab\there", "new\nline", "\U0001F600", "*a", "{}");
        var text = Gen.OneOf(Gen.String[1, 12].Where(item => !item.Any(char.IsSurrogate)), odd);
        var letter = Gen.Char[' ', '~'].Where(c => c is not '"').Select(c => c.ToString());
        var buckets = Gen.OneOf(Gen.Int[0, 0].Select(_ => (BucketSchema?)null), Gen.Bool.Select(square => (BucketSchema?)new BucketSchema(square ? BucketSchema.LogSquare : BucketSchema.Quantile, [])),
            Gen.Double[-1e9, 1e9].HashSet[1, 5].Select(set => (BucketSchema?)new BucketSchema(null, [.. set.Order()])));
        var field = Gen.Select(text, Gen.Bool, Gen.Int[0, 2], buckets, Gen.Int[2, 100], letter, Gen.Int[0, 1000], Gen.Int[0, 50]).Select((column, named, kind, bucket, count, separator, hash, minCount) => new FieldSchema
        {
            Column = column,
            Name = named ? $"{column} {count}" : null,
            Kind = (FieldKind)kind,
            Buckets = kind == (int)FieldKind.Numeric ? bucket : null,
            Count = count,
            Separator = separator,
            Hash = kind != (int)FieldKind.Numeric && hash > 500 ? hash : null,
            MinCount = minCount > 25 ? minCount : null,
        });
        Gen.Select(field.Array[1, 6], Gen.Bool, Gen.Bool, text.HashSet[1, 4], Gen.OneOf("random", "key", "time"), Gen.Double[0.01, 5], Gen.Int[1, 20], Gen.OneOf<string?>(null, "tab", ";", "|", ",")).Sample((fields, header, quotes, texts, by, share, number, delimiter) =>
        {
            var list = texts.ToArray();
            var schema = new Schema
            {
                Format = number % 3 == 0 ? "csv" : null,
                Delimiter = delimiter,
                Header = header,
                Quotes = quotes,
                Columns = header ? null : list,
                Missing = number % 2 == 0 ? list : [],
                MinCount = number,
                Label = new LabelSchema { Column = "the label", Positive = quotes ? list[0] : null, Negative = quotes && list.Length > 1 ? list[1] : null, AtLeast = quotes ? null : share },
                Fields = [.. fields.DistinctBy(item => item.FullName)],
                Sequences = [.. fields.DistinctBy(item => item.FullName).Where(item => item.Kind == FieldKind.Categorical).Take(2).Select((item, s) => new SequenceSchema
                {
                    Name = $"past {s}",
                    Of = item.FullName,
                    Column = s == 0 ? list[0] : null,
                    By = s == 0 ? null : list[0],
                    Time = s == 0 ? null : list[^1],
                    Separator = item.Separator,
                    Clicked = header,
                    Length = number,
                })],
                Ignore = header ? list : [],
                Split = new SplitSchema { Train = share, By = by, Column = by == "random" ? null : list[0], Seed = (ulong)number },
            };
            SchemaFile.Parse(SchemaFile.Write(schema), "written.yaml").ShouldEqual(schema);
        }, iter: 300);
    }

    [Fact]
    public void Parse_AnyDamage_IsASchemaOrAnAutoDimException()
    {
        const string Text = "delimiter: tab\nheader: false\ncolumns: [y, \"a\", b]\nlabel: {column: y, positive: 'yes'}\nfields:\n  - {column: a, kind: numeric, buckets: [1, 2]}\n  - column: b\nsplit: {by: key, column: a}\n";
        Gen.Select(Gen.Int[0, Text.Length - 1], Gen.Int[0, 3], Gen.Char["{}[]:,-'\"&*!|>%@` \n\tx#?~0"]).Array[1, 4].Sample(edits =>
        {
            var damaged = Text;
            foreach (var (place, length, put) in edits) damaged = damaged[..Math.Min(place, damaged.Length)] + put + damaged[Math.Min(place + length, damaged.Length)..];
            try
            {
                SchemaFile.Parse(damaged, "s.yaml");
            }
            catch (AutoDimException)
            {
                // The error a user may meet; any other would fail the test.
            }
        }, iter: 3000);
    }

    [Fact]
    public void Write_Schema_IsShort()
        => SchemaFile.Write(new Schema { Header = false, Columns = ["y", "a"], Label = new LabelSchema { Column = "y", Positive = "yes" }, Fields = [new FieldSchema { Column = "a" }] })
            .ShouldBe("header: false\ncolumns: [\"y\", a]\nlabel: {column: \"y\", positive: \"yes\"}\nfields:\n  - {column: a}\n");

    [Fact]
    public void Parse_ExamplesOfTheDocs_AreSchemas()
    {
        var docs = File.ReadAllText(SharedData.Repository("docs/data.md"));
        var examples = docs.Split("```yaml\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToArray();
        examples.Length.ShouldBe(5);
        foreach (var example in examples) SchemaFile.Parse(example, "docs/data.md");
        foreach (var key in new[] { typeof(Schema), typeof(LabelSchema), typeof(FieldSchema), typeof(SequenceSchema), typeof(SplitSchema) }.SelectMany(type => type.GetProperties()).Select(property => property.Name).Where(name => name != "FullName"))
        {
            docs.ShouldContain($"`{char.ToLowerInvariant(key[0])}{key[1..]}`", Case.Sensitive);
        }
    }

    [Fact]
    public void Load_EverySample_IsASchema()
    {
        var samples = Directory.GetFiles(SharedData.Repository("samples/schemas"), "*.yaml");
        samples.Length.ShouldBeGreaterThan(5);
        foreach (var sample in samples) SchemaFile.Load(sample).Fields.ShouldNotBeEmpty();
    }
}
