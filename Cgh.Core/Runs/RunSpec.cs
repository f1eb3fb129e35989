using System.Text.Json.Serialization;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;
using Cgh.Core.UpdateRules;

namespace Cgh.Core.Runs;

/// <summary>How RM3 and M3 compute the median of three.</summary>
public enum MedianFormula
{
    /// <summary>Selects one of the three, bit for bit.</summary>
    Exact,

    /// <summary><c>a + b + c - min - max</c> in float32, as in the authors' code; docs/results/median.md has its rounding errors.</summary>
    Authors,
}

/// <summary>Schedule of the learning rate.</summary>
public enum Schedule
{
    /// <summary>Half a cosine from the initial rate to zero over all epochs, one value an epoch.</summary>
    Cosine,

    /// <summary>Multiplied by <see cref="RunSpec.StepFactor"/> every <see cref="RunSpec.StepEvery"/> epochs.</summary>
    Step,
}

/// <summary>Random changes of the training images, drawn again in each epoch.</summary>
public enum Augmentation
{
    None,

    /// <summary>A crop of <see cref="RunSpec.CropSide"/> at a random position, flipped left-right with probability 1/2.</summary>
    CropFlip,
}

/// <summary>The device that trains.</summary>
public enum DeviceChoice
{
    /// <summary>CUDA if available, else the CPU.</summary>
    Auto,
    Cpu,
    Cuda,
}

/// <summary>Numeric precision of the layers.</summary>
public enum Precision
{
    Float32,

    /// <summary>
    /// Convolutions and linear layers, their weights and activations in bfloat16; normalization, loss, and the weights and
    /// gradients that the rule sees in float32.
    /// </summary>
    Bfloat16,
}

/// <summary>The complete configuration of a run: the same spec gives the same run.</summary>
public sealed record RunSpec
{
    /// <summary>Unique within its experiment; the run folder's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>What the run derives instead of training; null for a run that trains.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StageSpec? Derive { get; init; }

    /// <summary>Name of a dataset in the data folder, or a path. In a recipe: the recipe's dataset, or STAGE/ARTEFACT for what a stage derives.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>Label set to train on.</summary>
    public string Labels { get; init; } = Datasets.LabelSet.Original;

    /// <summary>The update rule, which replaces the mini-batch gradient; one of <see cref="UpdateRuleCatalog"/>.</summary>
    public RuleChoice Rule { get; init; } = UpdateRuleCatalog.Baseline;

    /// <summary>For rules with <see cref="UpdateRule.HasAuthorsMedian"/> only.</summary>
    public MedianFormula Median { get; init; }

    /// <summary>Name of a model of <see cref="Models.ModelCatalog"/>, such as <c>resnet18</c>.</summary>
    public string Model { get; init; } = "resnet18";

    /// <summary>
    /// For models with <see cref="Models.ModelInfo.HasAuxiliaryHead"/> only: train with the auxiliary head, whose loss has weight 0.4.
    /// </summary>
    public bool AuxiliaryLogits { get; init; }

    /// <summary>File of initial weights, safetensors or .pth; empty: random weights drawn from <see cref="Seed"/>.</summary>
    public string Weights { get; init; } = "";

    /// <summary>
    /// With <see cref="Weights"/>: initialise the last layer, and that of an auxiliary head, from <see cref="Seed"/> instead of the file, which may have
    /// another number of classes.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NewHead { get; init; }

    public Augmentation Augmentation { get; init; }

    /// <summary>
    /// Height and width of the model's input: the centre in evaluation and without augmentation. 0: with augmentation the model's usual side, else
    /// the whole image.
    /// </summary>
    public int CropSide { get; init; }

    public int Epochs { get; init; } = 90;

    public int BatchSize { get; init; } = 256;

    public double LearningRate { get; init; } = 0.1;

    /// <summary>For rules with <see cref="UpdateRule.TakesMomentum"/> only.</summary>
    public double Momentum { get; init; }

    /// <summary>Weights times this factor are added to each gradient before the rule is applied.</summary>
    public double WeightDecay { get; init; }

    public Schedule Schedule { get; init; } = Schedule.Cosine;

    public int StepEvery { get; init; } = 30;

    public double StepFactor { get; init; } = 0.1;

    /// <summary>Seed of the initial weights, the example order and dropout.</summary>
    public uint Seed { get; init; }

    public DeviceChoice Device { get; init; } = DeviceChoice.Auto;

    public Precision Precision { get; init; }

    /// <summary>CUDA only: multiply float32 in TF32, with a 10-bit mantissa.</summary>
    public bool Tf32 { get; init; }

    /// <summary>CUDA only: let cuDNN pick its fastest algorithms, so two runs may differ. Otherwise it uses deterministic ones.</summary>
    public bool CudnnBenchmark { get; init; }

    /// <summary>Torch threads; 0 uses all cores. Runs repeat bit for bit only with the same number.</summary>
    public int Threads { get; init; }

    /// <summary>Images per forward pass of an evaluation; 0 chooses automatically. Changes results only by rounding.</summary>
    public int EvaluationBatchSize { get; init; }

    /// <summary>Epochs between measurements of gradient coherence, which take place at the evaluations and at the last one; 0 for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CoherenceEvery { get; init; }

    /// <summary>Examples in the sample of each set of a coherence measurement; 0 for <see cref="DefaultCoherenceExamples"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CoherenceExamples { get; init; }

    /// <summary>Examples in the sample of each set of a coherence measurement if <see cref="CoherenceExamples"/> is 0.</summary>
    public const int DefaultCoherenceExamples = 1000;

    /// <summary>Steps between rows of train.csv.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Minutes between checkpoints within an epoch; every epoch ends with one in any case.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    /// <summary>Whether and how to record, for each training example, whether it has been learned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LearningTracking TrackLearning { get; init; }

    /// <summary>Epochs from one record of <see cref="TrackLearning"/> to the next; null: 1. The first and the last are always recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? TrackEvery { get; init; }
}
