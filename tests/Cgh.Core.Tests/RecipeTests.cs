using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.UpdateRules;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RecipeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WithAbsoluteSource_NamedSource_IsLeftToDataPrep()
    {
        var recipe = new Recipe { Name = "r", Dataset = new DatasetRequest { Name = "d", Source = "cifar10" }, Runs = [] };

        Assert.Equal("cifar10", recipe.WithAbsoluteSource().Dataset.Source);
        Assert.Equal(
            Path.GetFullPath("cifar10"), (recipe with { Dataset = recipe.Dataset with { Source = "./cifar10" } }).WithAbsoluteSource().Dataset.Source);
    }

    [Fact]
    public void Load_DefaultsAndRuns_MergesDefaultsIntoEveryRun()
    {
        var recipe = Load("""
            {
              // Two runs that differ in their rule.
              "dataset": { "name": "demo", "demo": { "classes": 10, "train": 100 } },
              "labels": [ { "fraction": 0.5, "seed": 3 } ],
              "defaults": { "epochs": 5, "batchSize": 20, "labels": "noise-0.5-seed-3" },
              "runs": [ { "name": "sgd" }, { "name": "m3", "rule": "m3", "epochs": 7 } ],
            }
            """);

        Assert.Equal("mine", recipe.Name);
        Assert.Equal(new DemoImages { Classes = 10, Train = 100 }, recipe.Dataset.Demo);
        Assert.Equal([new LabelSetRequest { Name = "noise-0.5-seed-3", Fraction = 0.5, Seed = 3 }], recipe.Labels);
        var sgd = new RunSpec { Name = "sgd", Dataset = "demo", Labels = "noise-0.5-seed-3", Epochs = 5, BatchSize = 20 };
        Assert.Equal([sgd, sgd with { Name = "m3", Rule = RuleChoice.Parse("m3"), Epochs = 7 }], recipe.Runs);
    }

    [Theory]
    [InlineData("\"classes\": 1", "dataset.demo: classes must be between 2 and 1000 (it is 1).")]
    [InlineData("\"classes\": 1001, \"train\": 2000, \"test\": 2000", "dataset.demo: classes must be between 2 and 1000 (it is 1001).")]
    [InlineData("\"side\": 100000", "dataset.demo: side must be between 8 and 1024 pixels (it is 100000).")]
    [InlineData("\"train\": 99", "dataset.demo: train must be at least 100, one image per class (it is 99).")]
    [InlineData("\"test\": 99", "dataset.demo: test must be at least 100, one image per class (it is 99).")]
    [InlineData("\"noise\": 20", "dataset.demo: noise must be between 0.1 and 10 (it is 20).")]
    public void Load_DemoThatCannotBeMade_IsRejected(string demo, string expected) => AssertFails(
        $$"""{ "dataset": { "name": "d", "demo": { {{demo}} } }, "runs": [ { "name": "a", "model": "resnet-small", "batchSize": 20 } ] }""", expected);

    [Theory]
    [InlineData("\"side\": 0", "dataset.side must be between 1 and 4096 pixels (it is 0).")]
    [InlineData("\"side\": 5000, \"shortSide\": 5000", "dataset.side must be between 1 and 4096 pixels (it is 5000).")]
    [InlineData("\"shortSide\": 9000", "dataset.shortSide must be between 1 and 8192 pixels (it is 9000).")]
    [InlineData("\"shardSize\": 0", "dataset.shardSize must be at least 1 byte (it is 0).")]
    public void Load_SizesThatCannotBePacked_AreRejected(string sizes, string expected) =>
        AssertFails($$"""{ "dataset": { "name": "d", "source": "x", {{sizes}} }, "runs": [ { "name": "a" } ] }""", expected);

    [Fact]
    public void Load_ImportedLabelsThatDoNotFitTheDemo_AreRejected()
    {
        File.WriteAllText(_folder["labels.txt"], "0\n1\n");

        AssertFails(
            """
            {
              "dataset": { "name": "d", "demo": { "classes": 2, "train": 3, "test": 2 } },
              "labels": [ { "name": "mine", "kind": "import", "file": "labels.txt" } ],
              "runs": [ { "name": "a", "model": "mlp", "batchSize": 2 } ]
            }
            """,
            $"labels 'mine': {_folder["labels.txt"]} has 2 labels");
    }

    [Theory]
    [InlineData("""{ "dataset": { "name": "d" }, "priority": 10, "runs": [ { "name": "a" } ] }""", "priority must be between 0 and 9 (it is 10).")]
    [InlineData("""{ "dataset": { "name": "d" }, "runz": [] }""", "unknown key 'runz'. Did you mean 'runs'?")]
    [InlineData(
        """{ "dataset": { "name": "d", "demo": { "clases": 3 } }, "runs": [ { "name": "a" } ] }""",
        "unknown key 'clases' in dataset.demo. Did you mean 'classes'?")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": [ { "name": "a", "rate": 1 } ] }""", "runs[0]: unknown key 'rate'.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "defaults": { "rule": "rm4" }, "runs": [ { "name": "a" } ] }""",
        "runs[0]: unknown rule 'rm4'. Did you mean 'rm3'?")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": [] }""", "runs is empty. Add at least one run.")]
    [InlineData("""{ "runs": [ { "name": "a" } ] }""", "dataset.name is missing. Set it to the name of the dataset in the data folder.")]
    [InlineData(
        """{ "name": "a b", "dataset": { "name": "d" }, "runs": [ { "name": "a" } ] }""",
        "name may contain only letters, digits, '.', '-' and '_' (it is 'a b'): the experiment's folder is named after it.")]
    [InlineData(
        """{ "dataset": { "name": "d", "counts": { "train": 5, "test": 5 } }, "runs": [ { "name": "a" } ] }""",
        "dataset.counts needs classes, train and test, each at least 1.")]
    [InlineData(
        """{ "dataset": { "name": "d", "source": "x", "counts": { "classes": 5, "train": 5, "test": 5 } }, "runs": [ { "name": "a" } ] }""",
        "dataset has counts as well as demo or source. Remove counts: they describe a dataset that you pack yourself.")]
    [InlineData(
        """{ "dataset": { "name": "d", "counts": { "classes": 5, "train": 2147483647, "test": 5 } }, "runs": [ { "name": "a" } ] }""",
        "dataset may have at most 100000 classes and 20000000 images per split (it has 5 classes, 2147483647 training and 5 test images).")]
    [InlineData(
        """{ "dataset": { "name": "d", "demo": { "classes": 2147483647 } }, "runs": [ { "name": "a" } ] }""",
        "dataset.demo: classes must be between 2 and 1000 (it is 2147483647).")]
    [InlineData(
        """{ "dataset": { "name": "d", "counts": { "classes": 5, "train": 100, "test": 5 } }, "runs": [ { "name": "a" } ] }""",
        "run 'a': batchSize 256 is larger than the data (100 training images).")]
    [InlineData(
        """
        { "dataset": { "name": "d" }, "rates": [ { "device": "x", "imagesPerSecond": 5 }, { "device": "x", "imagesPerSecond": 6 } ],
          "runs": [ { "name": "a" } ] }
        """,
        "rates has two entries for the same device. Remove one.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "rates": [ { "device": "x" } ], "runs": [ { "name": "a" } ] }""",
        "rates 'x': imagesPerSecond must be above 0 (it is 0).")]
    [InlineData("""{ "dataset": { "name": "d", "demo": {}, "source": "x" }, "runs": [ { "name": "a" } ] }""", "dataset has both demo and source. Choose one.")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": [ { "name": "a" }, { "name": "a" } ] }""", "two runs are named 'a'.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "runs": [ { "name": "a", "rule": "rm3", "momentum": 0.9 } ] }""",
        "run 'a': momentum must be 0 with rm3 (it is 0.9): momentum makes it unstable.")]
    [InlineData(
        """{ "dataset": { "name": "d", "demo": { "train": 100 } }, "runs": [ { "name": "a", "batchSize": 101 } ] }""",
        "run 'a': batchSize 101 is larger than the data (100 training images).")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "name": "n", "fraction": 1.5 } ], "runs": [ { "name": "a" } ] }""",
        "labels 'n': fraction must be between 0 and 1 (it is 1.5): it is the share of the training labels to select.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "name": "original", "fraction": 0.5 } ], "runs": [ { "name": "a" } ] }""",
        "labels 'original': 'original' is not a valid name for a label set: use letters, digits, '.', '-' and '_' ('original' is reserved).")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "kind": "pairflip" } ], "runs": [ { "name": "a" } ] }""",
        "unknown kind 'pairflip'. Did you mean 'pair-flip'?")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "kind": "transition" } ], "runs": [ { "name": "a" } ] }""",
        "labels 'transition-1-seed-0': kind transition needs a matrix: "
            + "a .csv or .npy file in which row c, column d is the probability that class c becomes class d.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "kind": "import", "file": "x.txt" } ], "runs": [ { "name": "a" } ] }""",
        "labels '': imported labels need a name.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "name": "n", "kind": "permute", "fraction": 1, "matrix": "m.csv" } ], "runs": [ { "name": "a" } ] }""",
        "labels 'n': a matrix applies only to kind transition. Remove it or change the kind.")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": [ { "name": "a" }, { "name": "A" } ] }""", "two runs are named 'A'.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "runs": [ { "name": "a", "dataset": "x" } ] }""",
        "run 'a': dataset can only be set per run to what a stage derives, as STAGE/ARTEFACT: a recipe has one dataset. Write a second recipe.")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": [ null ] }""", "runs[0] is null. Remove it or set a value.")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": null }""", "runs is null. Remove it or set a value.")]
    [InlineData("""{ "dataset": null, "runs": [ { "name": "a" } ] }""", "dataset is null. Remove it or set a value.")]
    [InlineData("""{ "dataset": { "name": "d" }, "runs": [ { "name": "a", "name": "b" } ] }""", "Duplicate property 'name'")]
    [InlineData(
        """{ "dataset": { "name": "d", "demo": {} }, "runs": [ { "name": "a", "rule": "sgd", "Rule": "m3" } ] }""",
        "'rule' and 'Rule' in runs[0] are the same key. Remove one of the two.")]
    [InlineData(
        """{ "dataset": { "name": "d", "demo": {} }, "defaults": { "derive": { "train": 1, "Train": 2 } }, "runs": [ { "name": "a" } ] }""",
        "'train' and 'Train' in defaults.derive are the same key. Remove one of the two.")]
    [InlineData("""{ "dataset": { "name": "d", "demo": {} }, "Dataset": {}, "runs": [ { "name": "a" } ] }""", "'dataset' and 'Dataset' are the same key.")]
    [InlineData(
        """{ "dataset": { "name": "d", "demo": {} }, "runs": [ { "name": "a", "labels": "nope" } ] }""",
        "run 'a': labels 'nope' is not among the recipe's label sets. Expected one of: original.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "name": "n" }, { "name": "n" } ], "runs": [ { "name": "a" } ] }""",
        "two label sets are named 'n'.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "labels": [ { "name": "n" }, { "name": "N" } ], "runs": [ { "name": "a" } ] }""",
        "two label sets are named 'N'.")]
    [InlineData(
        """{ "dataset": { "name": "../d", "demo": {} }, "runs": [ { "name": "a" } ] }""",
        "dataset.name may contain only letters, digits, '.', '-' and '_' (it is '../d'): the dataset's folder is named after it.")]
    [InlineData(
        """{ "dataset": { "name": "d" }, "runs": [ { "name": "a", "threads": 100000 } ] }""",
        "run 'a': threads must be between 0 and 256 (it is 100000); 0 uses all cores.")]
    public void Load_InvalidRecipe_NamesFileKeyAndRemedy(string text, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => Load(text));

        Assert.StartsWith($"{_folder["mine.json"]}: {expected}", error.Message);
        Assert.Equal(2, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_PathsOfLabelSets_AreRelativeToTheRecipe()
    {
        WriteFile("m.csv", "0.5,0.5\n0,1\n");
        WriteFile("labels.txt", "0\n1\n0\n1\n");

        var recipe = Load("""
            {
              "dataset": { "name": "d", "demo": { "classes": 2, "train": 4 } },
              "labels": [ { "kind": "transition", "matrix": "m.csv", "seed": 4 }, { "name": "i", "kind": "import", "file": "labels.txt" } ],
              "defaults": { "batchSize": 2 },
              "runs": [ { "name": "a", "labels": "transition-1-seed-4" }, { "name": "b", "labels": "i" } ]
            }
            """);

        Assert.Equal(
            [
                new LabelSetRequest { Name = "transition-1-seed-4", Kind = LabelNoiseKind.Transition, Fraction = 1, Seed = 4, Matrix = _folder["m.csv"] },
                new LabelSetRequest { Name = "i", Kind = LabelNoiseKind.Import, Fraction = 0, File = _folder["labels.txt"] },
            ],
            recipe.Labels);
    }

    [Theory]
    [InlineData("\"kind\": \"transition\", \"matrix\": \"m.csv\"", "row 1 sums to 0.9, but its probabilities must sum to 1")]
    [InlineData("\"kind\": \"transition\", \"matrix\": \"square.csv\"", "is a 2 x 2 matrix, but the dataset has 3 classes")]
    [InlineData("\"kind\": \"transition\", \"matrix\": \"none.csv\"", "Cannot read the matrix")]
    [InlineData("\"kind\": \"import\", \"file\": \"none.txt\"", "none.txt does not exist. Check the path, which is relative to the recipe.")]
    public void Load_InvalidFileOfALabelSet_IsRejected(string set, string expected)
    {
        WriteFile("m.csv", "0.5,0.5\n0,0.9\n");
        WriteFile("square.csv", "0.5,0.5\n0,1\n");

        var error = Assert.Throws<UserErrorException>(() => Load($$"""
            { "dataset": { "name": "d", "demo": { "classes": 3 } }, "labels": [ { "name": "n", {{set}} } ], "runs": [ { "name": "a" } ] }
            """));

        Assert.StartsWith($"{_folder["mine.json"]}: labels 'n': ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void CheckPriority_OutOfRange_IsRejected()
    {
        Assert.Equal([0, 9], new[] { 0, 9 }.Select(Recipe.CheckPriority));
        Assert.All([-1, 10], priority => Assert.Equal(2, Assert.Throws<UserErrorException>(() => Recipe.CheckPriority(priority)).ExitCode));
    }

    [Fact]
    public void Load_Folder_AsksForARecipeFile()
    {
        var error = Assert.Throws<UserErrorException>(() => Recipe.Load(_folder[""]));

        Assert.StartsWith($"{_folder[""]} is a folder. Give a recipe file", error.Message);
    }

    [Fact]
    public void Load_FileMissing_NamesTheNearestRecipe()
    {
        WriteFile("demo.json", """{ "runs": [] }""");
        WriteFile("paper-grid.json", """{ "runs": [] }""");

        var error = Assert.Throws<UserErrorException>(() => Recipe.Load(_folder["dmeo.json"]));

        Assert.Equal($"No recipe at {_folder["dmeo.json"]}. Did you mean '{_folder["demo.json"]}'?", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void Load_FileMissingBesideOtherJson_SuggestsNoFileThatIsNotARecipe()
    {
        WriteFile("global.json", """{ "sdk": {} }""");
        WriteFile("list.json", "[]");
        WriteFile("broken.json", "{");

        var error = Assert.Throws<UserErrorException>(() => Recipe.Load(_folder["globl.json"]));

        Assert.Equal($"No recipe at {_folder["globl.json"]}. Check the path.", error.Message);
    }

    [Fact]
    public void Load_SeveralMistakes_ReportsEachOnALineAndWhatRunsShareOnce()
    {
        var error = Assert.Throws<UserErrorException>(() => Load("""
            {
              "priority": 10,
              "dataset": { "name": "d" },
              "defaults": { "epochs": 0 },
              "runs": [ { "name": "a" }, { "name": "b", "batchSize": 1 }, { "name": "c", "rate": 1, "threads": "two" } ]
            }
            """));

        var path = _folder["mine.json"];
        Assert.Equal(
            [
                $"{path}: runs[2]: unknown key 'rate'.",
                $"{path}: runs[2]: threads must be an integer of at most 2147483647 (it is \"two\").",
                $"{path}: priority must be between 0 and 9 (it is 10).",
                $"{path}: run 'a', run 'b': epochs must be at least 1 (it is 0).",
                $"{path}: run 'b': batchSize must be at least 2 (it is 1): batch normalization needs two examples.",
            ],
            error.Message.Split('\n').Select(line => line.Split(" Expected one of: ")[0]));
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void Load_DemoRecipe_IsTheExperimentOfTheReadme()
    {
        var recipe = Recipe.Load(Shipped("demo.json"));

        Assert.Equal(["sgd", "ra3", "rm3", "m3"], recipe.Runs.Select(run => run.Name));
        Assert.Equal([RuleChoice.Parse("sgd"), RuleChoice.Parse("ra3"), RuleChoice.Parse("rm3"), RuleChoice.Parse("m3")], recipe.Runs.Select(run => run.Rule));
        Assert.Single(recipe.Runs.Select(run => run with { Name = "", Rule = RuleChoice.Parse("sgd") }).Distinct());
        Assert.Equal(new DemoImages { Classes = 100, Train = 4000, Test = 2000, Side = 16, Seed = 0 }, recipe.Dataset.Demo);
        Assert.Equal(0.5, Assert.Single(recipe.Labels).Fraction);
        Assert.All(recipe.Runs, run => Assert.Equal(recipe.Labels[0].Name, run.Labels));
    }

    [Fact]
    public void Load_EveryShippedRecipe_IsValidAndStatesCostAndExpectation()
    {
        var files = Directory.GetFiles(Path.GetDirectoryName(Shipped("demo.json"))!, "*.json", SearchOption.AllDirectories);

        Assert.NotEmpty(files);
        Assert.All(files, file =>
        {
            var recipe = Recipe.Load(file);
            Assert.Equal(Path.GetFileNameWithoutExtension(file), recipe.Name);
            Assert.All([recipe.Description, recipe.Cost, recipe.Expect], Assert.NotEmpty);
            Assert.All(
                recipe.Runs.Where(run => StageInputs.LabelsReference(run) is null),
                run => Assert.Contains(run.Labels, recipe.Labels.Select(set => set.Name).Append("original")));
        });
    }

    [Theory]
    [InlineData("resnet18", Schedule.Step, 224, 256)]
    [InlineData("vgg13-bn", Schedule.Cosine, 224, 256)]
    [InlineData("inception-v3", Schedule.Cosine, 299, 299)]
    public void Load_PaperGrid_HasTheAuthorsRulesAndHyperparameters(string model, Schedule schedule, int side, int shortSide)
    {
        foreach (var noise in new[] { 0, 50, 100 })
        {
            var recipe = Recipe.Load(Shipped(Path.Combine("paper", $"{model}-noise-{noise}.json")));

            Assert.Equal((side, shortSide, null, null), (recipe.Dataset.Side, recipe.Dataset.ShortSide, recipe.Dataset.Source, recipe.Dataset.Demo));
            Assert.Equal(new DatasetCounts { Classes = 1000, Train = 1_281_167, Test = 50_000 }, recipe.Dataset.Counts);
            Assert.Equal(noise == 0 ? [] : [noise / 100.0], recipe.Labels.Select(set => set.Fraction!.Value));
            Assert.Equal(
                [("sgd", 0.9), ("sgd", 0), ("rm3", 0), ("m3", 0), ("ra3", 0)],
                recipe.Runs.Select(run => (run.Rule.ToString(), run.Momentum)));
            Assert.All(recipe.Runs, run => Assert.Equal(
                (model, 90, 256, 0.1, 0, schedule, 30, 0.1, 10),
                (run.Model, run.Epochs, run.BatchSize, run.LearningRate, run.WeightDecay, run.Schedule, run.StepEvery, run.StepFactor, run.LogEvery)));
            Assert.All(recipe.Runs, run => Assert.Equal(noise == 0 ? LabelSet.Original : recipe.Labels[0].Name, run.Labels));
            Assert.All(recipe.Rates, rate => Assert.False(rate.Measured));
            Assert.Contains("NOT MEASURED", recipe.Cost, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("easy-hard.json", 5)]
    [InlineData("fashion-easy-hard.json", 3)]
    [InlineData("paper/easy-hard.json", 3)]
    public void Load_EasyHard_HasAChainForEachSeed(string name, int seeds)
    {
        var recipe = Recipe.Load(Shipped(name));

        var chains = EasyHardChain.Find(recipe.Runs);
        Assert.Equal(Enumerable.Range(0, seeds).Select(seed => (uint)seed), chains.Select(chain => chain.Seed));
        Assert.Equal(5 * seeds, recipe.Runs.Count);
        Assert.All(recipe.Runs.Where(run => run.Derive is null), run => Assert.Equal(("sgd", 0.9, 0), (run.Rule.ToString(), run.Momentum, run.WeightDecay)));
        Assert.Equal(seeds, recipe.Runs.Count(run => run.Epochs == 2));
    }

    [Fact]
    public void Load_EasyHardModels_SplitsByTwoModels()
    {
        var recipe = Recipe.Load(Shipped("easy-hard-models.json"));

        var from = recipe.Runs.Where(run => run.Derive is not null).Select(stage => recipe.Runs.Single(run => run.Name == stage.Derive!.From));
        Assert.Equal(["resnet-small", "vgg-small"], from.Select(run => run.Model).Distinct());
    }

    private void AssertFails(string text, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => Load(text));

        Assert.StartsWith($"{_folder["mine.json"]}: {expected}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private Recipe Load(string text) => Recipe.Load(WriteFile("mine.json", text));

    // The project file copies the recipes to the output folder.
    private static string Shipped(string name) => Path.Combine(AppContext.BaseDirectory, "recipes", name);

    private string WriteFile(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }
}
