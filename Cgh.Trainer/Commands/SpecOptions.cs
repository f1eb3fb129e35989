using System.CommandLine;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Models;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Trainer.Commands;

/// <summary>The options that make up a run spec, and the file that does instead of them.</summary>
internal sealed class SpecOptions
{
    private static readonly RunSpec s_defaults = new();

    // As --spec.
    private const string StandardInput = "-";

    private readonly Option<FileInfo?> _spec = new("--spec") { Description = "A run spec as a JSON file, instead of the options from --dataset to --cudnn-benchmark; - takes it from the first line of standard input." };
    private readonly Option<string> _name = new("--name") { Description = "Name of the run and of its folder. Default: the rule's name." };
    private readonly Option<string> _dataset = new("--dataset") { Description = "A dataset in the data folder by its name, or a path: what 'Cgh.DataPrep pack' wrote." };
    private readonly Option<string> _labels = new("--labels") { Description = "The label set to train on: what 'Cgh.DataPrep noise' wrote.", DefaultValueFactory = _ => LabelSet.Original };
    private readonly Option<string> _rule = new("--rule")
    {
        Description = $"What replaces the mini-batch gradient. {string.Join(" ", UpdateRuleCatalog.All.Select(rule => $"{rule.Form}: {rule.Help}."))}",
        DefaultValueFactory = _ => s_defaults.Rule.ToString(),
    };

    private readonly Option<string> _model = new("--model")
    {
        Description = $"{string.Join(" ", ModelCatalog.All.Select(model => $"{model.Name}: {model.Summary}."))} Usual side in pixels: {ModelCatalog.UsualSides}.",
        DefaultValueFactory = _ => s_defaults.Model,
    };

    private readonly Option<bool> _auxiliaryLogits = new("--auxiliary-logits") { Description = $"{UserText.Join(ModelCatalog.WithAuxiliaryHead)} with its auxiliary head, whose loss counts 0.4 times." };
    private readonly Option<string> _weights = new("--weights") { Description = "A file of weights to begin with, safetensors or .pth (see 'model import'), instead of drawing them from the seed.", HelpName = "FILE" };
    private readonly Option<string> _median = new("--median")
    {
        Description = $"With {UserText.Join(UpdateRuleCatalog.Forms(rule => rule.HasAuthorsMedian))}. exact: selects one of the three. authors: a + b + c - min - max in float32, as the authors' code has it.",
        DefaultValueFactory = _ => Word(s_defaults.Median),
    };

    private readonly Option<string> _augmentation = new("--augmentation") { Description = "What is done to training images. crop-flip: a square of --crop-side at a random place, flipped left-right half of the time; the images must be packed larger.", DefaultValueFactory = _ => Word(s_defaults.Augmentation) };
    private readonly Option<int> _cropSide = new("--crop-side")
    {
        Description = $"Pixels of the square that the model sees; evaluation takes the centre. 0: with crop-flip the model's usual side ({ModelCatalog.UsualSides}), else the whole image.",
        DefaultValueFactory = _ => s_defaults.CropSide,
    };

    private readonly Option<int> _epochs = new("--epochs") { Description = "Times that every training example is seen.", DefaultValueFactory = _ => s_defaults.Epochs };
    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Examples in a mini-batch.", DefaultValueFactory = _ => s_defaults.BatchSize };
    private readonly Option<double> _learningRate = new("--learning-rate", "--lr") { Description = "Initial learning rate.", DefaultValueFactory = _ => s_defaults.LearningRate, CustomParser = Cgh.Core.CommandLine.ParseNumber };
    private readonly Option<double> _momentum = new("--momentum")
    {
        Description = $"For {UserText.Join(UpdateRuleCatalog.Forms(rule => rule.TakesMomentum))} only: the other rules become unstable with it.",
        DefaultValueFactory = _ => s_defaults.Momentum,
        CustomParser = Cgh.Core.CommandLine.ParseNumber,
    };

    private readonly Option<double> _weightDecay = new("--weight-decay") { Description = "Added to each gradient, times the weights, before the rule sees it.", DefaultValueFactory = _ => s_defaults.WeightDecay, CustomParser = Cgh.Core.CommandLine.ParseNumber };
    private readonly Option<string> _schedule = new("--schedule") { Description = "How the learning rate falls: cosine over all epochs, or step.", DefaultValueFactory = _ => Word(s_defaults.Schedule) };
    private readonly Option<int> _stepEvery = new("--step-every") { Description = "Epochs between two falls of the step schedule.", DefaultValueFactory = _ => s_defaults.StepEvery };
    private readonly Option<double> _stepFactor = new("--step-factor") { Description = "What each fall multiplies the rate by.", DefaultValueFactory = _ => s_defaults.StepFactor, CustomParser = Cgh.Core.CommandLine.ParseNumber };
    private readonly Option<uint> _seed = new("--seed") { Description = "Of the initial weights, of the order of the examples and of dropout.", DefaultValueFactory = _ => s_defaults.Seed };
    private readonly Option<int> _threads = new("--threads") { Description = "Torch threads; 0 takes all processors. The same number gives the same run bit for bit.", DefaultValueFactory = _ => s_defaults.Threads };
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu or cuda. auto is cuda where there is one.", DefaultValueFactory = _ => Word(s_defaults.Device) };

    private readonly Option<string> _precision = new("--precision") { Description = "float32, or bfloat16: layers compute in it, normalisation and loss in float32, and the rule moves float32 weights.", DefaultValueFactory = _ => Word(s_defaults.Precision) };
    private readonly Option<bool> _tf32 = new("--tf32") { Description = "On CUDA: multiply float32 in TF32, faster and with 10 bits after the point." };
    private readonly Option<bool> _cudnnBenchmark = new("--cudnn-benchmark") { Description = "On CUDA: let cuDNN take its fastest algorithms; two runs may then differ." };

    private IEnumerable<Option> Inline =>
        [_dataset, _labels, _rule, _median, _model, _auxiliaryLogits, _weights, _augmentation, _cropSide, _epochs, _batchSize, _learningRate, _momentum, _weightDecay, _schedule, _stepEvery, _stepFactor, _seed, _threads, _device, _precision, _tf32, _cudnnBenchmark];

    public void AddTo(Command command)
    {
        foreach (var option in Inline.Prepend(_name).Append(_spec))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The spec that the command line asks for.</summary>
    /// <exception cref="UserErrorException">It asks for something that cannot be trained.</exception>
    public RunSpec Read(ParseResult parse)
    {
        var file = parse.GetValue(_spec);
        var spec = file is null ? FromOptions(parse) : FromFile(file, parse);
        if (parse.GetValue(_name) is { } name)
        {
            spec = spec with { Name = name };
        }

        spec = spec.Name.Length > 0 ? spec : spec with { Name = spec.Rule.ToString().Replace(':', '-') };
        RunSpecRules.Check(spec, file?.ToString() ?? "train");

        // A resumed run may be in another working directory.
        return spec.Weights.Length == 0 ? spec : spec with { Weights = Path.GetFullPath(spec.Weights) };
    }

    private RunSpec FromFile(FileInfo file, ParseResult parse)
    {
        var given = Inline.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false });
        if (given is not null)
        {
            throw UserErrorException.Usage($"{given.Name} and --spec exclude each other: write it into the spec.");
        }

        return file.ToString() == StandardInput
            ? CghJson.ParseStrict<RunSpec>(Console.In.ReadLine() ?? "", "standard input")
            : CghJson.LoadStrict<RunSpec>(file.ToString());
    }

    private RunSpec FromOptions(ParseResult parse) => new()
    {
        Dataset = parse.GetValue(_dataset) ?? "",
        Labels = parse.GetValue(_labels)!,
        Rule = Rule(parse.GetValue(_rule)!),
        Median = Choice<MedianFormula>(parse, _median),
        Model = parse.GetValue(_model)!,
        AuxiliaryLogits = parse.GetValue(_auxiliaryLogits),
        Weights = parse.GetValue(_weights) ?? "",
        Augmentation = Choice<Augmentation>(parse, _augmentation),
        CropSide = parse.GetValue(_cropSide),
        Epochs = parse.GetValue(_epochs),
        BatchSize = parse.GetValue(_batchSize),
        LearningRate = parse.GetValue(_learningRate),
        Momentum = parse.GetValue(_momentum),
        WeightDecay = parse.GetValue(_weightDecay),
        Schedule = Choice<Schedule>(parse, _schedule),
        StepEvery = parse.GetValue(_stepEvery),
        StepFactor = parse.GetValue(_stepFactor),
        Seed = parse.GetValue(_seed),
        Threads = parse.GetValue(_threads),
        Device = Choice<DeviceChoice>(parse, _device),
        Precision = Choice<Precision>(parse, _precision),
        Tf32 = parse.GetValue(_tf32),
        CudnnBenchmark = parse.GetValue(_cudnnBenchmark),
    };

    private RuleChoice Rule(string given) => RuleChoice.TryParse(given, out var rule) ? rule : throw UserErrorException.Usage($"{_rule.Name}: {RuleChoice.Failure(given)}");

    private static T Choice<T>(ParseResult parse, Option<string> option)
        where T : struct, Enum
    {
        var given = parse.GetValue(option)!;
        var known = Enum.GetValues<T>().ToDictionary(Word, StringComparer.OrdinalIgnoreCase);
        return known.TryGetValue(given, out var value)
            ? value
            : throw UserErrorException.Usage($"{option.Name}: unknown {option.Name.TrimStart('-')} '{given}'.{NearestName.Suggest(given, known.Keys)}");
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
