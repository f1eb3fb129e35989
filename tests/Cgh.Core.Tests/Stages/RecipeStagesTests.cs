using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests.Stages;

public sealed class RecipeStagesTests : IDisposable
{
    private const string Short = """{ "name": "short", "epochs": 2 }""";
    private const string Split = """{ "name": "split", "derive": { "from": "short", "train": 20, "test": 5 } }""";

    private const string Tracked = """{ "name": "tracked", "epochs": 2, "trackLearning": "training" }, """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_EntriesWithSeeds_StandForARunEach()
    {
        var recipe = Load("""
            { "name": "short-{seed}", "seeds": [0, 7], "epochs": 2 },
            { "name": "split-{seed}", "seeds": [0, 7], "derive": { "kind": "split", "from": "short-{seed}", "train": 20, "test": 5 } },
            { "name": "easy-{seed}", "seeds": [0, 7], "dataset": "split-{seed}/easy" }
            """);

        Assert.Equal(
            [
                ("short-0", 0u, "d"), ("short-7", 7u, "d"), ("split-0", 0u, "d"), ("split-7", 7u, "d"), ("easy-0", 0u, "split-0/easy"),
                ("easy-7", 7u, "split-7/easy"),
            ],
            recipe.Runs.Select(run => (run.Name, run.Seed, run.Dataset)));
        Assert.Equal(new StageSpec { Kind = StageKind.Split, From = "short-7", Train = 20, Test = 5 }, recipe.Runs[3].Derive);
        Assert.Equal([null, null, "short-0", "short-7", "split-0", "split-7"], recipe.Runs.Select(run => StageInputs.Of(run, recipe)));

        // What does not concern a stage is not taken from the defaults.
        Assert.Equal((1, 3, new RunSpec().Model), (recipe.Runs[2].Epochs, recipe.Runs[2].Threads, recipe.Runs[2].Model));
    }

    [Fact]
    public void Load_StageByLearningTimes_DerivesEasyHardAndRandomSubsets()
    {
        var recipe = Load(Tracked + """
            { "name": "order", "derive": { "kind": "learning", "from": "tracked", "by": "last-unlearned", "train": 20 } },
            { "name": "hard", "dataset": "order/hard" }
            """);

        var stage = recipe.Runs[1].Derive!;
        Assert.Equal(new StageSpec { Kind = StageKind.Learning, From = "tracked", By = LearningTime.LastUnlearned, Train = 20 }, stage);
        Assert.Equal((true, false, "easy hard random"), (stage.DrawsEasyAndHard, stage.HasOwnTest, string.Join(' ', stage.Artefacts)));
        Assert.Equal([null, "tracked", "order"], recipe.Runs.Select(run => StageInputs.Of(run, recipe)));
    }

    [Theory]
    [InlineData(LearningTracking.Off, false)]
    [InlineData(LearningTracking.Training, true)]
    public void Load_StageByLearningTimesOfARunFolder_MustBeTracked(LearningTracking tracking, bool isValid)
    {
        var folder = new RunFolder(_folder["done"]);
        Directory.CreateDirectory(folder.Path);
        folder.Save(new RunRecord { Spec = new RunSpec { Name = "done", TrackLearning = tracking }, DatasetFolder = "d", Status = RunStatus.Completed });
        var entry = $$"""{ "name": "order", "derive": { "kind": "learning", "from": "{{folder.Path.Replace('\\', '/')}}", "train": 20 } }""";

        var failure = Record.Exception(() => Load(entry));

        Assert.Equal(
            isValid ? null : $"{_folder["mine.json"]}: run 'order': derive.from: {folder.Path} has no record of what it learned. Train a new run with: "
                + "Cgh.Trainer train --track-learning evaluation (in a recipe: \"trackLearning\": \"evaluation\").",
            failure?.Message);
    }

    [Fact]
    public void Load_ListOfIndices_IsRelativeToTheRecipe()
    {
        File.WriteAllText(_folder["mine.csv"], "index\n1\n");

        var recipe = Load("""{ "name": "s", "derive": { "kind": "subset", "indices": "mine.csv" } }, { "name": "a", "dataset": "s/subset", "batchSize": 2 }""");

        Assert.Equal(_folder["mine.csv"], recipe.Runs[0].Derive!.Indices);
    }

    [Theory]
    [InlineData(
        """{ "name": "a", "dataset": "other" }""",
        "run 'a': dataset can only be set per run to what a stage derives, as STAGE/ARTEFACT: a recipe has one dataset. Write a second recipe.")]
    [InlineData("""{ "name": "a", "dataset": "splt/easy" }""", "run 'a': dataset 'splt/easy': there is no stage 'splt'. Did you mean 'split'?")]
    [InlineData(
        """{ "name": "a", "dataset": "short/easy" }""",
        "run 'a': dataset 'short/easy': 'short' is a run that trains and derives nothing. Name a stage, which has derive.")]
    [InlineData(
        """{ "name": "a", "dataset": "split/eays" }""",
        "run 'a': dataset 'split/eays': split derives no 'eays' but easy, hard and random. Did you mean 'easy'?")]
    [InlineData("""{ "name": "a", "dataset": "a/easy" }""", "run 'a': dataset 'a/easy' is derived by the run itself. Name another stage.")]
    [InlineData(
        """{ "name": "a", "dataset": "split/easy", "labels": "noisy" }""",
        "run 'a': labels must be 'original' (it is 'noisy'): what a stage derives has no other label set.")]
    [InlineData("""{ "name": "a", "dataset": "split/easy", "batchSize": 21 }""", "run 'a': batchSize 21 is larger than the data (20 training images).")]
    [InlineData("""{ "name": "a", "derive": { "from": "a", "train": 1, "test": 1 } }""", "run 'a': derive.from is the stage itself. Name a run that trains.")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "shrt", "train": 1, "test": 1 } }""",
        "run 'a': derive.from: there is no run 'shrt'. Did you mean 'short'?")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "split", "train": 1, "test": 1 } }""",
        "run 'a': derive.from: 'split' is a stage, which has no model. Name a run that trains.")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "short", "train": 40, "test": 11 } }""",
        "run 'a': derive: 40 train and 11 test examples of each side, learned and not, are 102, and the data has 100. Ask for fewer.")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "short", "test": 1 } }""",
        "run 'a': derive.train must be at least 1 (it is 0): it is the number of train examples of each subset.")]
    [InlineData(
        """{ "name": "a", "derive": { "train": 1, "test": 1 } }""",
        "run 'a': derive.from is missing: name the run whose model classifies the examples.")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "subset" } }""",
        "run 'a': derive.indices is missing: give a file with one index per line, a CSV with an index column, or an .npy array.")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "short", "train": 1, "test": 1 }, "epochs": 3 }""",
        "runs[2]: epochs does not apply to a stage, which takes it from the run that it derives from. Remove it.")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "splt", "from": "short" } }""", "runs[2]: unknown kind 'splt'. Did you mean 'split'?")]
    [InlineData("""{ "name": "a-{seed}", "seeds": [] }""", "runs[2]: seeds must be a list of 1 to 1000 integers from 0 to 4294967295, such as [0, 1, 2].")]
    [InlineData("""{ "name": "a-{seed}", "seeds": [-1] }""", "runs[2]: seeds must be a list of 1 to 1000 integers from 0 to 4294967295, such as [0, 1, 2].")]
    [InlineData("""{ "name": "a-{seed}", "seeds": [1], "seed": 2 }""", "runs[2]: has both seed and seeds. Remove one.")]
    [InlineData("""{ "name": "a", "seeds": [1, 2] }""", "runs[2]: name must contain {seed}, such as \"sgd-{seed}\", because the entry has several seeds.")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "labels", "from": "short", "confidence": 1.5 } }""",
        "run 'a': derive.confidence must be between 0 and 1 (it is 1.5): it is the probability of a correction.")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "short", "train": 1, "test": 1, "confidence": 0.5 } }""",
        "run 'a': derive.confidence applies only to kind labels. Remove it or change the kind.")]
    [InlineData(
        """{ "name": "a", "labels": "split/corrected" }""",
        "run 'a': labels 'split/corrected': 'split' derives no labels. Name a stage whose derive has kind labels or suspects.")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "suspects", "from": "short" } }""",
        "run 'a': derive.from: 'short' does not record what it learns. Give it \"trackLearning\": \"evaluation\".")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "suspects", "from": "/runs/short", "score": "amu" } }""",
        "run 'a': derive.score: unknown score 'amu'. Did you mean 'aum'?")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "suspects", "from": "/runs/short", "second": "split" } }""",
        "run 'a': derive.second must be the path of a completed run's folder (got 'split'): a stage waits for derive.from only.")]
    [InlineData("""{ "name": "a", "labels": "spli/corrected" }""", "run 'a': labels 'spli/corrected': there is no stage 'spli'. Did you mean 'split'?")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "learning", "from": "short", "train": 1 } }""",
        "run 'a': derive.from: 'short' is not tracked, so it has no learning times. Set its trackLearning to evaluation or training.")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "learning", "train": 1 } }""",
        "run 'a': derive.from is missing: name the tracked run whose learning times order the examples.")]
    [InlineData(
        Tracked + """{ "name": "a", "derive": { "kind": "learning", "from": "tracked", "train": 46, "test": 5 } }""",
        "run 'a': derive: 46 train and 5 test examples of each side, easy and hard, are 102, and the data has 100. Ask for fewer.")]
    [InlineData(
        Tracked + """{ "name": "a", "derive": { "kind": "learning", "from": "tracked", "train": 51 } }""",
        "run 'a': derive: 51 train and 0 test examples of each side, easy and hard, are 102, and the data has 100. Ask for fewer.")]
    [InlineData(
        Tracked + """{ "name": "a", "derive": { "kind": "learning", "from": "tracked" } }""",
        "run 'a': derive.train must be at least 1 (it is 0): it is the number of train examples of each subset.")]
    [InlineData(
        Tracked + """{ "name": "a", "derive": { "kind": "learning", "from": "tracked", "train": 1, "test": -1 } }""",
        "run 'a': derive.test must be at least 0 (it is -1): it is the number of test examples of each subset.")]
    [InlineData(
        Tracked + """{ "name": "a", "derive": { "kind": "learning", "from": "tracked", "train": 1, "by": "first-lerned" } }""",
        "runs[3]: unknown by 'first-lerned'. Did you mean 'first-learned'?")]
    [InlineData(
        """{ "name": "a", "derive": { "from": "short", "train": 1, "test": 1, "by": "last-unlearned" } }""",
        "run 'a': derive.by applies only to kind learning. Remove it or change the kind.")]
    [InlineData(
        """{ "name": "a", "derive": { "kind": "labels", "from": "short", "train": 1 } }""",
        "run 'a': derive.train applies only to kinds split and learning. Remove it or change the kind.")]
    public void Load_InvalidStage_IsNamedBeforeAnythingStarts(string run, string failure)
    {
        var error = Assert.Throws<UserErrorException>(() => Load($"{Short}, {Split}, {run}"));

        Assert.Equal($"{_folder["mine.json"]}: {failure}", error.Message);
    }

    [Fact]
    public void Load_RunsThatNeedEachOther_ReportsTheCycle()
    {
        var error = Assert.Throws<UserErrorException>(() => Load("""
            { "name": "a", "dataset": "s/easy", "batchSize": 2 }, { "name": "s", "derive": { "from": "a", "train": 2, "test": 1 } }
            """));

        Assert.Equal(
            $"{_folder["mine.json"]}: run 'a': needs its own result: a needs s needs a. Change a dataset or derive.from.{Environment.NewLine}"
                + $"{_folder["mine.json"]}: run 's': needs its own result: s needs a needs s. Change a dataset or derive.from.",
            error.Message);
    }

    private Recipe Load(string runs)
    {
        File.WriteAllText(_folder["mine.json"], $$"""
            {
              "dataset": { "name": "d", "demo": { "classes": 10, "train": 100, "test": 20 } },
              "defaults": { "model": "resnet-small", "batchSize": 10, "threads": 3 },
              "runs": [ {{runs}} ]
            }
            """);
        return Recipe.Load(_folder["mine.json"]);
    }
}
