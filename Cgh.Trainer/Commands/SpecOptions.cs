using System.CommandLine;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Models;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Core.UpdateRules;

namespace Cgh.Trainer.Commands;

/// <summary>Command-line options for a run spec, or a file with one.</summary>
internal sealed class SpecOptions
{
    private static readonly RunSpec s_defaults = new();

    // Value of --spec.
    private const string StandardInput = "-";

    private readonly Option<FileInfo?> _spec = new("--spec")
    {
        Description = "JSON file with a run spec, in place of the options from --dataset to --track-every; "
            + "- reads it from the first line of standard input.",
        HelpName = "FILE",
    };

    private readonly Option<string> _name = new("--name") { Description = "Name of the run and its folder. Default: the rule's name." };
    private readonly Option<string> _dataset = new("--dataset")
    {
        Description = "Name of a dataset in the data folder, or path of one; see 'Cgh.DataPrep pack'. Required without --spec.",
    };

    private readonly Option<string> _labels = new("--labels")
    {
        Description = "Label set to train on; see 'Cgh.DataPrep noise'.",
        DefaultValueFactory = _ => LabelSet.Original,
    };

    private readonly Option<string> _rule = new("--rule")
    {
        Description = "The update rule, with its estimate of the gradient. "
            + $"{string.Join(" ", UpdateRuleCatalog.All.Select(rule => $"{rule.Form}: {rule.Help}."))}",
        DefaultValueFactory = _ => s_defaults.Rule.ToString(),
    };

    private readonly Option<string> _model = new("--model")
    {
        Description = $"{string.Join(" ", ModelCatalog.All.Select(model => $"{model.Name}: {model.Summary}."))} "
            + $"Usual image side in pixels: {ModelCatalog.UsualSides}.",
        DefaultValueFactory = _ => s_defaults.Model,
    };

    private readonly Option<bool> _auxiliaryLogits = new("--auxiliary-logits")
    {
        Description = $"Train {UserText.Join(ModelCatalog.WithAuxiliaryHead)} with its auxiliary head, whose loss has weight 0.4.",
    };

    private readonly Option<string> _weights = new("--weights")
    {
        Description = "File of initial weights, safetensors or .pth (see 'model import'). Default: random weights drawn from the seed.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _newHead = new("--new-head")
    {
        Description = "With --weights: initialise the last layer from the seed instead of the file, which may have another number of classes.",
    };

    private readonly Option<string> _median = new("--median")
    {
        Description = $"Median formula of {UserText.Join(UpdateRuleCatalog.Forms(rule => rule.HasAuthorsMedian))}. exact: selects one of the three values. "
            + "authors: a + b + c - min - max in float32, as in the authors' code.",
        DefaultValueFactory = _ => Word(s_defaults.Median),
    };

    private readonly Option<string> _augmentation = new("--augmentation")
    {
        Description = "Augmentation of training images. crop-flip: a random crop of --crop-side pixels, flipped horizontally with probability 1/2; "
            + "the packed images must be larger.",
        DefaultValueFactory = _ => Word(s_defaults.Augmentation),
    };

    private readonly Option<int> _cropSide = new("--crop-side")
    {
        Description = "Side of the model's input in pixels; evaluation uses a centre crop. 0: with crop-flip, the model's usual side "
            + $"({ModelCatalog.UsualSides}), otherwise the whole image.",
        DefaultValueFactory = _ => s_defaults.CropSide,
    };

    private readonly Option<int> _epochs = new("--epochs") { Description = "Number of epochs.", DefaultValueFactory = _ => s_defaults.Epochs };
    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Examples per mini-batch.", DefaultValueFactory = _ => s_defaults.BatchSize };
    private readonly Option<double> _learningRate = NumberOption("Initial learning rate.", s_defaults.LearningRate, "--learning-rate", "--lr");
    private readonly Option<double> _momentum = NumberOption(
        $"Momentum, for {UserText.Join(UpdateRuleCatalog.Forms(rule => rule.TakesMomentum))} only: it makes the other rules unstable.",
        s_defaults.Momentum,
        "--momentum");

    private readonly Option<double> _weightDecay = NumberOption(
        "Weight decay; weights times this factor are added to each gradient before the rule is applied.", s_defaults.WeightDecay, "--weight-decay");

    private readonly Option<string> _schedule = new("--schedule")
    {
        Description = "Learning rate schedule: cosine over all epochs, or step.",
        DefaultValueFactory = _ => Word(s_defaults.Schedule),
    };

    private readonly Option<int> _stepEvery = new("--step-every")
    {
        Description = "Epochs between two steps of the step schedule.",
        DefaultValueFactory = _ => s_defaults.StepEvery,
    };

    private readonly Option<double> _stepFactor = NumberOption("Factor of the learning rate at each step.", s_defaults.StepFactor, "--step-factor");
    private readonly Option<uint> _seed = new("--seed")
    {
        Description = "Seed of the initial weights, the example order and dropout.",
        DefaultValueFactory = _ => s_defaults.Seed,
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Torch threads; 0 uses all cores. Runs with the same number are bit-identical.",
        DefaultValueFactory = _ => s_defaults.Threads,
    };

    private readonly Option<string> _device = new("--device")
    {
        Description = "auto, cpu or cuda. auto uses CUDA if available.",
        DefaultValueFactory = _ => Word(s_defaults.Device),
    };

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "float32 or bfloat16. With bfloat16, layers compute in bfloat16; normalization, loss and weight updates stay in float32.",
        DefaultValueFactory = _ => Word(s_defaults.Precision),
    };

    private readonly Option<bool> _tf32 = new("--tf32") { Description = "CUDA: use TF32 for float32 products, which is faster but has only 10 mantissa bits." };
    private readonly Option<bool> _cudnnBenchmark = new("--cudnn-benchmark")
    {
        Description = "CUDA: let cuDNN choose its fastest algorithms; results are then not reproducible.",
    };

    private readonly Option<int> _coherenceEvery = new("--coherence-every")
    {
        Description = "Epochs between measurements of gradient coherence, from per-example gradients; also after the last epoch. 0: none.",
        DefaultValueFactory = _ => s_defaults.CoherenceEvery,
    };

    private readonly Option<int> _coherenceExamples = new("--coherence-examples")
    {
        Description = $"Examples in each sample of a coherence measurement. 0: {RunSpec.DefaultCoherenceExamples}.",
        DefaultValueFactory = _ => s_defaults.CoherenceExamples,
    };

    private readonly Option<string> _trackLearning = new("--track-learning")
    {
        Description = "Record for each training example whether it is right, its label's probability and its margin (see 'learning'). off. evaluation: by a "
            + "forward pass of all training examples at each tracked evaluation. training: the training pass's own outputs, without another pass.",
        DefaultValueFactory = _ => Word(s_defaults.TrackLearning),
    };

    private readonly Option<int?> _trackEvery = new("--track-every")
    {
        Description = "Epochs from one record of --track-learning to the next. The first and the last are always recorded. Default: 1.",
        HelpName = "N",
    };

    private IEnumerable<Option> Inline =>
    [
        _dataset, _labels, _rule, _median, _model, _auxiliaryLogits, _weights, _newHead, _augmentation, _cropSide, _epochs, _batchSize, _learningRate,
        _momentum, _weightDecay, _schedule, _stepEvery, _stepFactor, _seed, _threads, _device, _precision, _tf32, _cudnnBenchmark, _coherenceEvery,
        _coherenceExamples,
        _trackLearning, _trackEvery,
    ];

    public void AddTo(Command command)
    {
        foreach (var option in Inline.Prepend(_name).Append(_spec))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the spec from the parsed command line.</summary>
    /// <exception cref="UserErrorException">The spec is invalid.</exception>
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

        // The run may be resumed in another working directory.
        return spec.Weights.Length == 0 ? spec : spec with { Weights = Path.GetFullPath(spec.Weights) };
    }

    private RunSpec FromFile(FileInfo file, ParseResult parse)
    {
        var given = Inline.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false });
        if (given is not null)
        {
            throw UserErrorException.Usage($"{given.Name} cannot be used with --spec. Set it in the spec.");
        }

        return file.ToString() == StandardInput
            ? CghJson.ParseStrict<RunSpec>(Console.In.ReadLine() ?? "", "standard input")
            : CghJson.LoadStrict<RunSpec>(file.ToString());
    }

    private RunSpec FromOptions(ParseResult parse) => new()
    {
        Dataset = parse.GetValue(_dataset) ?? throw UserErrorException.Usage($"{_dataset.Name} is required without {_spec.Name}. Try --help."),
        Labels = parse.GetValue(_labels)!,
        Rule = Rule(parse.GetValue(_rule)!),
        Median = Choice<MedianFormula>(parse, _median),
        Model = parse.GetValue(_model)!,
        AuxiliaryLogits = parse.GetValue(_auxiliaryLogits),
        Weights = parse.GetValue(_weights) ?? "",
        NewHead = parse.GetValue(_newHead),
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
        CoherenceEvery = parse.GetValue(_coherenceEvery),
        CoherenceExamples = parse.GetValue(_coherenceExamples),
        TrackLearning = Choice<LearningTracking>(parse, _trackLearning),
        TrackEvery = parse.GetValue(_trackEvery),
    };

    private static Option<double> NumberOption(string description, double defaultValue, string name, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = Cgh.Core.CommandLine.ParseNumber,
    };

    private RuleChoice Rule(string given) =>
        RuleChoice.TryParse(given, out var rule) ? rule : throw UserErrorException.Usage($"{_rule.Name}: {RuleChoice.Failure(given)}");

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
