using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RunSpecRulesTests
{
    private static readonly RunSpec s_valid = new() { Name = "run", Dataset = "demo" };

    public static TheoryData<RunSpec, string> Broken { get; } = new()
    {
        { s_valid with { Name = "a/b" }, "name must be letters, digits, '.', '-' and '_' (it is 'a/b'): it names the run's folder." },
        {
            s_valid with { Name = "report.md" },
            "name must not end in '.md' (it is 'report.md'): the experiment's own files end in it and are in the same folder."
        },
        { s_valid with { Dataset = "" }, "dataset is missing: name a dataset or give its path." },
        { s_valid with { Model = "resnet19" }, "unknown model 'resnet19'. Did you mean 'resnet18'?" },
        { s_valid with { Rule = new RuleChoice("99") }, $"unknown rule '99'. Expected one of: {string.Join(", ", UpdateRuleCatalog.Forms(_ => true))}." },
        { s_valid with { Median = MedianFormula.Authors }, "median must be exact with sgd (it is authors): only rm3 and m3 have the authors' formula." },
        {
            s_valid with { Rule = RuleChoice.Parse("ra3"), Median = MedianFormula.Authors },
            "median must be exact with ra3 (it is authors): only rm3 and m3 have the authors' formula."
        },
        { s_valid with { AuxiliaryLogits = true }, "auxiliaryLogits must be false with resnet18 (it is true): only inception-v3 has an auxiliary head." },
        { s_valid with { Epochs = 0 }, "epochs must be at least 1 (it is 0)." },
        { s_valid with { BatchSize = 1 }, "batchSize must be at least 2 (it is 1): batch normalization needs two examples." },
        {
            s_valid with { Rule = RuleChoice.Parse("m3"), BatchSize = 5 },
            "batchSize must be at least 6 with m3 (it is 5): each of its three groups needs two examples."
        },
        { s_valid with { LearningRate = 0 }, "learningRate must be above 0 (it is 0)." },
        { s_valid with { LearningRate = double.NaN }, "learningRate must be above 0 (it is NaN)." },
        { s_valid with { LearningRate = double.PositiveInfinity }, "learningRate must be above 0 (it is Infinity)." },
        { s_valid with { Momentum = 1 }, "momentum must be at least 0 and below 1 (it is 1)." },
        { s_valid with { Momentum = double.NaN }, "momentum must be at least 0 and below 1 (it is NaN)." },
        { s_valid with { Rule = RuleChoice.Parse("rm3"), Momentum = 0.9 }, "momentum must be 0 with rm3 (it is 0.9): momentum makes it unstable." },
        { s_valid with { Rule = RuleChoice.Parse("ra3"), Momentum = 0.9 }, "momentum must be 0 with ra3 (it is 0.9): momentum makes it unstable." },
        { s_valid with { Rule = RuleChoice.Parse("m3"), Momentum = 0.9 }, "momentum must be 0 with m3 (it is 0.9): momentum makes it unstable." },
        { s_valid with { WeightDecay = -0.1 }, "weightDecay must be at least 0 (it is -0.1)." },
        { s_valid with { StepEvery = 0 }, "stepEvery must be at least 1 epoch (it is 0)." },
        { s_valid with { StepFactor = 0 }, "stepFactor must be above 0 (it is 0)." },
        { s_valid with { Precision = (Precision)99 }, "unknown precision '99'. One of: float32, bfloat16." },
        { s_valid with { Precision = Precision.Bfloat16, Tf32 = true }, "tf32 must be false with bfloat16 (it is true): it is a way to multiply float32." },
        { s_valid with { Threads = -1 }, "threads must be between 0 and 256 (it is -1); 0 uses all cores." },
        { s_valid with { EvaluationBatchSize = -1 }, "evaluationBatchSize must be at least 1, or 0 to choose automatically (it is -1)." },
        { s_valid with { CropSide = -1 }, "cropSide must be at least 1 pixel, or 0 for the usual side (it is -1)." },
        { s_valid with { Augmentation = (Augmentation)7 }, "unknown augmentation '7'. One of: none, crop-flip." },
        { s_valid with { Rule = RuleChoice.Parse("mom:4") }, "rule mom:4: K must be odd, from 3 to 99 (it is 4)." },
        {
            s_valid with { Rule = RuleChoice.Parse("mom:7"), BatchSize = 13 },
            "batchSize must be at least 14 with mom:7 (it is 13): each of its seven groups needs two examples."
        },
        { s_valid with { Model = "mlp", Rule = RuleChoice.Parse("winsorized:50") }, "rule winsorized:50: C must be from 0 to 49 (it is 50)." },
        {
            s_valid with { Rule = RuleChoice.Parse("winsorized:8") },
            "model must be mlp with winsorized:8 (it is resnet18): the rule needs a fully connected network."
        },
        {
            s_valid with { Model = "mlp", Rule = RuleChoice.Parse("winsorized:49"), BatchSize = 20 },
            "rule winsorized:49 leaves nothing of a batchSize of 20: it clips every gradient. Choose a larger batchSize or a smaller C."
        },
        {
            s_valid with { Model = "mlp", Rule = RuleChoice.Parse("winsorized:8"), Momentum = 0.9 },
            "momentum must be 0 with winsorized:8 (it is 0.9): momentum makes it unstable."
        },
        { s_valid with { Rule = RuleChoice.Parse("median:4") }, "rule median:4: K must be odd, from 3 to 9 (it is 4)." },
        { s_valid with { Rule = RuleChoice.Parse("median:1") }, "rule median:1: K must be odd, from 3 to 9 (it is 1)." },
        { s_valid with { Rule = RuleChoice.Parse("median:11") }, "rule median:11: K must be odd, from 3 to 9 (it is 11)." },
        { s_valid with { Rule = RuleChoice.Parse("trimmed:6:1") }, "rule trimmed:6:1: K must be odd, from 3 to 9 (it is 6)." },
        {
            s_valid with { Rule = RuleChoice.Parse("trimmed:5:3") },
            "rule trimmed:5:3: 2T must be below K (T is 3, K is 5): something must be left to average."
        },
        {
            s_valid with { Rule = RuleChoice.Parse("trimmed:9:2147483647") },
            "rule trimmed:9:2147483647: 2T must be below K (T is 2147483647, K is 9): something must be left to average."
        },
        { s_valid with { Rule = RuleChoice.Parse("median:5"), Momentum = 0.9 }, "momentum must be 0 with median:5 (it is 0.9): momentum makes it unstable." },
        {
            s_valid with { Rule = RuleChoice.Parse("median:5"), Median = MedianFormula.Authors },
            "median must be exact with median:5 (it is authors): only rm3 and m3 have the authors' formula."
        },
        { s_valid with { LogEvery = 0 }, "logEvery must be at least 1 step (it is 0)." },
        { s_valid with { CoherenceEvery = -1 }, "coherenceEvery must be at least 1 epoch, or 0 to measure no coherence (it is -1)." },
        {
            s_valid with { CoherenceEvery = 1, CoherenceExamples = 1 },
            "coherenceExamples must be at least 2, or 0 for 1000 (it is 1): one gradient has no other."
        },
        {
            s_valid with { CoherenceExamples = 5 },
            "coherenceExamples must be 0 without coherenceEvery (it is 5): set coherenceEvery to the epochs between measurements."
        },
        { s_valid with { CheckpointMinutes = 0 }, "checkpointMinutes must be above 0 (it is 0)." },
    };

    [Theory]
    [InlineData("sgd", 0.9)]
    [InlineData("ra3", 0)]
    [InlineData("rm3", 0)]
    [InlineData("m3", 0)]
    public void Failures_ValidSpec_AreNone(string rule, double momentum) =>
        Assert.Empty(RunSpecRules.Failures(s_valid with { Rule = RuleChoice.Parse(rule), Momentum = momentum }));

    [Theory]
    [MemberData(nameof(Broken))]
    public void Failures_InvalidSetting_NameSettingValueAndReason(RunSpec spec, string expected) =>
        Assert.Equal([expected], RunSpecRules.Failures(spec));

    [Theory]
    [InlineData("inception-v3", false, 75)]
    [InlineData("inception-v3", true, 299)]
    [InlineData("vgg16-bn", false, 32)]
    public void SideFailure_OnePixelTooFew_NamesModelAndSides(string model, bool auxiliaryLogits, int smallest)
    {
        var spec = s_valid with { Model = model, AuxiliaryLogits = auxiliaryLogits };

        var failure = RunSpecRules.SideFailure(spec, smallest - 1);

        Assert.Null(RunSpecRules.SideFailure(spec, smallest));
        Assert.Equal(
            $"{model}{(auxiliaryLogits ? " with auxiliaryLogits" : "")} needs images of at least {smallest} pixels (these have {smallest - 1}). "
                + $"Pack the images at {smallest} or more, or choose another model.",
            failure);
    }

    [Theory]
    [InlineData("resnet18", Augmentation.None, 0, 256, 256)]
    [InlineData("resnet18", Augmentation.None, 224, 256, 224)]
    [InlineData("resnet18", Augmentation.CropFlip, 0, 256, 224)]
    [InlineData("resnet18", Augmentation.CropFlip, 200, 256, 200)]
    [InlineData("inception-v3", Augmentation.CropFlip, 0, 342, 299)]
    [InlineData("resnet-small", Augmentation.CropFlip, 0, 40, 32)]
    [InlineData("vgg13-bn", Augmentation.CropFlip, 0, 225, 224)]
    public void InputSide_CropAndAugmentation_IsTheCropOrTheModelsDefaultSide(string model, Augmentation augmentation, int cropSide, int side, int input)
    {
        var spec = s_valid with { Model = model, Augmentation = augmentation, CropSide = cropSide };

        Assert.Equal(input, RunSpecRules.InputSide(spec, side));
        Assert.Null(RunSpecRules.SideFailure(spec, side));
    }

    [Theory]
    [InlineData(
        "resnet18",
        Augmentation.CropFlip,
        0,
        224,
        "augmentation crop-flip needs images larger than cropSide, which is 224 (these have 224 pixels). "
            + "Pack the images larger (256 for 224), or set a smaller cropSide.")]
    [InlineData(
        "resnet-small",
        Augmentation.CropFlip,
        0,
        16,
        "augmentation crop-flip needs images larger than cropSide, which is 16 (these have 16 pixels). "
            + "Pack the images larger (256 for 224), or set a smaller cropSide.")]
    [InlineData(
        "resnet18",
        Augmentation.None,
        65,
        64,
        "cropSide 65 is larger than the images (these have 64 pixels). Pack the images at 65 or more, or set a smaller cropSide.")]
    [InlineData(
        "vgg13-bn",
        Augmentation.CropFlip,
        31,
        64,
        "vgg13-bn needs images of at least 32 pixels (cropSide is 31). Set a larger cropSide, or choose another model.")]
    public void SideFailure_ImpossibleCrop_NamesTheRemedy(string model, Augmentation augmentation, int cropSide, int side, string expected) =>
        Assert.Equal(expected, RunSpecRules.SideFailure(s_valid with { Model = model, Augmentation = augmentation, CropSide = cropSide }, side));

    [Fact]
    public void Check_SeveralInvalidSettings_ThrowsOneLineForEachWithItsOrigin()
    {
        var error = Assert.Throws<UserErrorException>(() => RunSpecRules.Check(s_valid with { Epochs = 0, BatchSize = 0 }, "demo.json: run 'run'"));

        Assert.Equal(
            [
                "demo.json: run 'run': epochs must be at least 1 (it is 0).",
                "demo.json: run 'run': batchSize must be at least 2 (it is 0): batch normalization needs two examples.",
            ],
            error.Message.Split('\n'));
        Assert.Equal(2, error.ExitCode);
    }
}
