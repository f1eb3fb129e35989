using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>What a picture shows of an evaluation.</summary>
internal enum Quantity
{
    Loss,
    Top1,
}

/// <summary>Half of a picture: one evaluation set of every run.</summary>
/// <param name="Set">A name of <see cref="Curves"/>.</param>
/// <param name="Title">What stands above it.</param>
internal sealed record FigurePanel(string Set, string Title);

/// <summary>A picture of two panels on the same axes, as the authors' analysis draws them.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Caption">One line for the report.</param>
/// <param name="Quantity">What is drawn against the epoch.</param>
/// <param name="Left">The left panel.</param>
/// <param name="Right">The right panel.</param>
internal sealed record Figure(string Name, string Caption, Quantity Quantity, FigurePanel Left, FigurePanel Right)
{
    private static readonly FigurePanel s_pristine = new(Curves.Pristine, "Pristine labels");
    private static readonly FigurePanel s_corrupt = new(Curves.Corrupt, "Corrupt labels");
    private static readonly FigurePanel s_train = new(Curves.TrainSample, "Training sample");
    private static readonly FigurePanel s_test = new(Curves.Test, "Test");

    public static IReadOnlyList<Figure> All { get; } =
    [
        new("top1-pristine-corrupt", "Top-1 accuracy on training examples with pristine and with corrupt labels", Quantity.Top1, s_pristine, s_corrupt),
        new("top1-train-test", "Top-1 accuracy on the training sample and on the test set", Quantity.Top1, s_train, s_test),
        new("loss-pristine-corrupt", "Loss on training examples with pristine and with corrupt labels", Quantity.Loss, s_pristine, s_corrupt),
        new("loss-train-test", "Loss on the training sample and on the test set", Quantity.Loss, s_train, s_test),
    ];

    public IReadOnlyList<FigurePanel> Panels => [Left, Right];

    public double Value(EvaluationRow row) => Quantity == Quantity.Loss ? row.Loss : row.Acc1;
}
