using System.Globalization;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Microsoft.Net.Http.Headers;

namespace Cgh.Dashboard.Labels;

/// <summary>What the page of a review loads or links: training images, and the decisions as CSV.</summary>
internal static class LabelEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/runs/{experiment}/{name}/labels/images/{version}/{index:int}", SendImage);
        app.MapGet("/runs/{experiment}/{name}/labels/decisions.csv", SendDecisions);
    }

    internal static IResult SendImage(string experiment, string name, string version, int index, LabelReviews reviews, HttpContext context)
    {
        try
        {
            if (reviews.Find(new RunId(experiment, name)) is not { } open || version != open.ImageVersion || index < 0 || index >= open.Review.Report.Examples)
            {
                return TypedResults.NotFound();
            }

            var image = open.Read(index);
            // The address holds the checksum of the dataset.
            context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            return TypedResults.Bytes(
                image.Content, image.MediaType, entityTag: new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}-{index}\"")));
        }
        catch (UserErrorException error)
        {
            return TypedResults.Text(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    internal static IResult SendDecisions(string experiment, string name, LabelReviews reviews)
    {
        try
        {
            if (reviews.Find(new RunId(experiment, name)) is not { } open)
            {
                return TypedResults.NotFound();
            }

            open.Review.Refresh();
            // Decisions can be exported while the images are away; the names of their files are then empty.
            using var dataset = open.Check() is null ? open.OpenDataset() : null;
            return Csv(open.Review, dataset, $"decisions-{experiment}-{name}.csv");
        }
        catch (UserErrorException error)
        {
            return TypedResults.Text(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Csv(LabelReview review, Dataset? dataset, string file)
    {
        using var text = new StringWriter();
        DecisionTable.Write(review, dataset, text);
        return TypedResults.File(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8", file);
    }
}
