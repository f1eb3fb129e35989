using Cgh.Core.UpdateRules;

namespace Cgh.Core.Runs;

/// <summary>How RM3 and M3 compute the median of three.</summary>
public enum MedianFormula
{
    /// <summary>Selects one of the three, bit for bit.</summary>
    Exact,

    /// <summary><c>a + b + c - min - max</c> in float32, as the authors' code has it; docs/results/median.md says what that costs.</summary>
    Authors,
}

/// <summary>How the learning rate falls.</summary>
public enum Schedule
{
    /// <summary>Half a cosine from the initial rate to zero over all epochs, one value an epoch.</summary>
    Cosine,

    /// <summary>Multiplied by <see cref="RunSpec.StepFactor"/> every <see cref="RunSpec.StepEvery"/> epochs.</summary>
    Step,
}

/// <summary>What is done to training images at random, anew in each epoch.</summary>
public enum Augmentation
{
    None,

    /// <summary>A square of <see cref="RunSpec.CropSide"/> at a random place, left and right exchanged with probability 1/2.</summary>
    CropFlip,
}

/// <summary>What the training runs on.</summary>
public enum DeviceChoice
{
    /// <summary>CUDA where there is a device, else the CPU.</summary>
    Auto,
    Cpu,
    Cuda,
}

/// <summary>What the layers compute in.</summary>
public enum Precision
{
    Float32,

    /// <summary>
    /// Convolutions and linear layers, their weights and activations in bfloat16; normalisation, loss, and the weights and
    /// gradients that the rule sees in float32.
    /// </summary>
    Bfloat16,
}

/// <summary>One training, completely: the same spec gives the same run.</summary>
public sealed record RunSpec
{
    /// <summary>Unique within its experiment; the run folder's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Name of a dataset in the data folder, or a path.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>Label set that is trained on.</summary>
    public string Labels { get; init; } = Datasets.LabelSet.Original;

    /// <summary>What replaces the mini-batch gradient: a rule of <see cref="UpdateRuleCatalog"/>.</summary>
    public RuleChoice Rule { get; init; } = UpdateRuleCatalog.Baseline;

    /// <summary>For rules with <see cref="UpdateRule.HasAuthorsMedian"/> only.</summary>
    public MedianFormula Median { get; init; }

    /// <summary>Name of a model of <see cref="Models.ModelCatalog"/>, such as <c>resnet18</c>.</summary>
    public string Model { get; init; } = "resnet18";

    /// <summary>
    /// For models with <see cref="Models.ModelInfo.HasAuxiliaryHead"/> only: train a second classifier half way up, whose loss counts 0.4 times.
    /// </summary>
    public bool AuxiliaryLogits { get; init; }

    /// <summary>A weights file to begin with, safetensors or .pth; empty: weights drawn from <see cref="Seed"/>.</summary>
    public string Weights { get; init; } = "";

    public Augmentation Augmentation { get; init; }

    /// <summary>
    /// Height and width of the square that the model sees: the centre in evaluation and without augmentation. 0: with augmentation the
    /// model's usual side, else the whole image.
    /// </summary>
    public int CropSide { get; init; }

    public int Epochs { get; init; } = 90;

    public int BatchSize { get; init; } = 256;

    public double LearningRate { get; init; } = 0.1;

    /// <summary>For rules with <see cref="UpdateRule.TakesMomentum"/> only.</summary>
    public double Momentum { get; init; }

    /// <summary>Added to each gradient, times the weights, before the gradient enters the rule.</summary>
    public double WeightDecay { get; init; }

    public Schedule Schedule { get; init; } = Schedule.Cosine;

    public int StepEvery { get; init; } = 30;

    public double StepFactor { get; init; } = 0.1;

    /// <summary>Of the initial weights, of the order of the examples and of dropout.</summary>
    public uint Seed { get; init; }

    public DeviceChoice Device { get; init; } = DeviceChoice.Auto;

    public Precision Precision { get; init; }

    /// <summary>CUDA only: multiply float32 in TF32, which keeps 10 of its 23 bits after the point.</summary>
    public bool Tf32 { get; init; }

    /// <summary>CUDA only: let cuDNN time its algorithms and take the fastest; two runs may then differ. Otherwise it takes those that repeat.</summary>
    public bool CudnnBenchmark { get; init; }

    /// <summary>Torch threads; 0 takes what the machine has. The number is part of what makes a run repeatable bit for bit.</summary>
    public int Threads { get; init; }

    /// <summary>Images per forward pass of an evaluation, 0 leaves it to the program; does not change the results of a set beyond rounding.</summary>
    public int EvaluationBatchSize { get; init; }

    /// <summary>A row of train.csv every so many steps.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Minutes between checkpoints within an epoch; one is written after every epoch in any case.</summary>
    public double CheckpointMinutes { get; init; } = 5;
}
