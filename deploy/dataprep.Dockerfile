# DataPrep, which prepares datasets. From the repository root: docker build -f deploy/dataprep.Dockerfile .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# Only the files that determine the packages, so that Docker caches the restore.
COPY .editorconfig global.json Directory.Build.props Directory.Packages.props ./
COPY build/ build/
COPY Cgh.Core/Cgh.Core.csproj Cgh.Core/
COPY Cgh.Images/Cgh.Images.csproj Cgh.Images/
COPY Cgh.RunStore/Cgh.RunStore.csproj Cgh.RunStore/
COPY Cgh.ServiceDefaults/Cgh.ServiceDefaults.csproj Cgh.ServiceDefaults/
COPY Cgh.DataPrep/Cgh.DataPrep.csproj Cgh.DataPrep/
# Only this platform: native libraries of the others would make up most of the image.
RUN dotnet restore Cgh.DataPrep --use-current-runtime
COPY Cgh.Core/ Cgh.Core/
COPY Cgh.Images/ Cgh.Images/
COPY Cgh.RunStore/ Cgh.RunStore/
COPY Cgh.ServiceDefaults/ Cgh.ServiceDefaults/
COPY Cgh.DataPrep/ Cgh.DataPrep/
RUN dotnet publish Cgh.DataPrep --no-restore --configuration Release --use-current-runtime --no-self-contained --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
# A new volume inherits this owner.
RUN mkdir /data && chown "$APP_UID:$APP_UID" /data
COPY --from=build /app .
COPY deploy/health.sh .
ENV CGH_DATA=/data
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/app/health.sh"]
ENTRYPOINT ["dotnet", "Cgh.DataPrep.dll"]
CMD ["serve"]
