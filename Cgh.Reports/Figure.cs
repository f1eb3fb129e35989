using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>The quantity on the y axis of a figure.</summary>
internal enum Quantity
{
    Loss,
    Top1,
}

/// <summary>One half of a figure: an evaluation set of every run.</summary>
/// <param name="Set">Name of the evaluation set in <see cref="Curves"/>.</param>
/// <param name="Title">Title of the panel.</param>
internal sealed record FigurePanel(string Set, string Title);

/// <summary>A figure of two panels with the same axes, like those of the authors' analysis.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Caption">One-line caption in the report.</param>
/// <param name="Quantity">The quantity plotted against the epoch.</param>
/// <param name="Left">The left panel.</param>
/// <param name="Right">The right panel.</param>
internal sealed record Figure(string Name, string Caption, Quantity Quantity, FigurePanel Left, FigurePanel Right)
{
    private static readonly FigurePanel s_pristine = new(Curves.Pristine, "Pristine labels");
    private static readonly FigurePanel s_corrupt = new(Curves.Corrupt, "Corrupt labels");
    private static readonly FigurePanel s_train = new(Curves.TrainSample, "Train sample");
    private static readonly FigurePanel s_test = new(Curves.Test, "Test");

    public static IReadOnlyList<Figure> All { get; } =
    [
        new("top1-pristine-corrupt", "Top-1 accuracy on training examples with pristine and corrupt labels", Quantity.Top1, s_pristine, s_corrupt),
        new("top1-train-test", "Top-1 accuracy on the train sample and on the test set", Quantity.Top1, s_train, s_test),
        new("loss-pristine-corrupt", "Loss on training examples with pristine and corrupt labels", Quantity.Loss, s_pristine, s_corrupt),
        new("loss-train-test", "Loss on the train sample and on the test set", Quantity.Loss, s_train, s_test),
    ];

    public IReadOnlyList<FigurePanel> Panels => [Left, Right];

    public double Value(EvaluationRow row) => Quantity == Quantity.Loss ? row.Loss : row.Acc1;
}
